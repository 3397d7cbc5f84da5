using System.Text.Encodings.Web;
using System.Text.Json;
using Amazon.DynamoDBStreams.Model;
using NotifyQuery.DynamoDB.Http;

namespace NotifyQuery.DynamoDB.Streams;

/// <summary>Serializes a stream record in the event format that AWS sends to a function. This format is defined only here.</summary>
public static class StreamRecordJson
{
    /// <summary>The output is never used in HTML, so non-ASCII text is not escaped, which keeps payloads small.</summary>
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether a record has a sequence number, its position in the shard.</summary>
    public static bool HasPlace(Record record) => record.Dynamodb?.SequenceNumber is { Length: > 0 };

    /// <summary>
    /// The record in AWS's event format. Serialization never fails because of the content: invalid values are written unchanged, and the
    /// reader reports them.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="streamArn">The stream of the record.</param>
    public static byte[] ToJson(Record record, string streamArn) => Write(writer => WriteRecord(writer, record, streamArn));

    /// <summary>The key of the record's item as JSON. The same key always gives the same bytes.</summary>
    public static byte[] ToKeyJson(Record record) =>
        Write(writer => WriteMap(writer, (record.Dynamodb?.Keys ?? []).OrderBy(key => key.Key, StringComparer.Ordinal)));

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
            write(writer);
        return LoneSurrogates.Restore(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)) ?? buffer.ToArray();
    }

    private static void WriteRecord(Utf8JsonWriter writer, Record record, string streamArn)
    {
        writer.WriteStartObject();
        writer.WriteString("eventID"u8, record.EventID);
        writer.WriteString("eventName"u8, record.EventName?.Value);
        writer.WriteString("eventVersion"u8, record.EventVersion ?? "1.1");
        writer.WriteString("eventSource"u8, record.EventSource ?? "aws:dynamodb");
        writer.WriteString("awsRegion"u8, record.AwsRegion);
        if (record.Dynamodb is { } change)
        {
            writer.WriteStartObject("dynamodb"u8);
            if (change.ApproximateCreationDateTime is { } created)
                writer.WriteNumber("ApproximateCreationDateTime"u8, new DateTimeOffset(created.ToUniversalTime()).ToUnixTimeSeconds());
            WriteImage(writer, "Keys"u8, change.Keys);
            WriteImage(writer, "NewImage"u8, change.NewImage);
            WriteImage(writer, "OldImage"u8, change.OldImage);
            writer.WriteString("SequenceNumber"u8, change.SequenceNumber);
            writer.WriteNumber("SizeBytes"u8, change.SizeBytes ?? 0);
            writer.WriteString("StreamViewType"u8, change.StreamViewType?.Value);
            writer.WriteEndObject();
        }

        if (record.UserIdentity is { } identity)
        {
            writer.WriteStartObject("userIdentity"u8);
            writer.WriteString("principalId"u8, identity.PrincipalId);
            writer.WriteString("type"u8, identity.Type);
            writer.WriteEndObject();
        }

        writer.WriteString("eventSourceARN"u8, streamArn);
        writer.WriteEndObject();
    }

    /// <summary>A missing image is left out. The client returns it as null or as an empty map, depending on its settings.</summary>
    private static void WriteImage(Utf8JsonWriter writer, ReadOnlySpan<byte> name, Dictionary<string, AttributeValue>? image)
    {
        if (image is not { Count: > 0 })
            return;
        writer.WritePropertyName(name);
        WriteMap(writer, image);
    }

    private static void WriteMap(Utf8JsonWriter writer, IEnumerable<KeyValuePair<string, AttributeValue>> map)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in map)
        {
            writer.WritePropertyName(name);
            WriteValue(writer, value);
        }

        writer.WriteEndObject();
    }

    /// <summary>
    /// Writes every type that has a value: exactly one, unless the engine is faulty. Newer engines return an empty map or list without a
    /// type.
    /// </summary>
    private static void WriteValue(Utf8JsonWriter writer, AttributeValue? value)
    {
        writer.WriteStartObject();
        if (value?.S is { } text)
            writer.WriteString("S"u8, text);
        if (value?.N is { } number)
            writer.WriteString("N"u8, number);
        if (value?.B is { } bytes)
            writer.WriteBase64String("B"u8, bytes.ToArray());
        if (value?.BOOL is { } boolean)
            writer.WriteBoolean("BOOL"u8, boolean);
        if (value?.NULL is { } isNull)
            writer.WriteBoolean("NULL"u8, isNull);
        if (value?.SS is { } texts)
            WriteTexts(writer, "SS"u8, texts);
        if (value?.NS is { } numbers)
            WriteTexts(writer, "NS"u8, numbers);
        if (value?.BS is { } many)
        {
            writer.WriteStartArray("BS"u8);
            foreach (var element in many)
                writer.WriteBase64StringValue(element.ToArray());
            writer.WriteEndArray();
        }

        if (value?.M is { } map)
        {
            writer.WritePropertyName("M"u8);
            WriteMap(writer, map);
        }

        if (value?.L is { } list)
        {
            writer.WriteStartArray("L"u8);
            foreach (var element in list)
                WriteValue(writer, element);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, ReadOnlySpan<byte> name, List<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
