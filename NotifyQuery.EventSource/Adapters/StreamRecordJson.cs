using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Amazon.DynamoDBStreams.Model;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Adapters;

/// <summary>Writes a stream record the way AWS hands it to a function. The one place that knows this shape.</summary>
internal static class StreamRecordJson
{
    /// <summary>No HTML ever sees it: text other than ASCII stays as it is, which keeps payloads small.</summary>
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ChangeRecord ToChangeRecord(Record record, string streamArn)
    {
        var change = record.Dynamodb;
        var created = new DateTimeOffset((change.ApproximateCreationDateTime ?? DateTime.UnixEpoch).ToUniversalTime());
        return new(
            change.SequenceNumber,
            record.EventID,
            Encoding.UTF8.GetString(Write(writer => WriteMap(writer, change.Keys.OrderBy(key => key.Key, StringComparer.Ordinal)))),
            created,
            Write(writer => WriteRecord(writer, record, created, streamArn)));
    }

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Plain)) write(writer);
        return buffer.ToArray();
    }

    private static void WriteRecord(Utf8JsonWriter writer, Record record, DateTimeOffset created, string streamArn)
    {
        writer.WriteStartObject();
        writer.WriteString("eventID"u8, record.EventID);
        writer.WriteString("eventName"u8, record.EventName.Value);
        writer.WriteString("eventVersion"u8, record.EventVersion ?? "1.1");
        writer.WriteString("eventSource"u8, record.EventSource ?? "aws:dynamodb");
        writer.WriteString("awsRegion"u8, record.AwsRegion);
        writer.WriteStartObject("dynamodb"u8);
        writer.WriteNumber("ApproximateCreationDateTime"u8, created.ToUnixTimeSeconds());
        WriteImage(writer, "Keys"u8, record.Dynamodb.Keys);
        WriteImage(writer, "NewImage"u8, record.Dynamodb.NewImage);
        WriteImage(writer, "OldImage"u8, record.Dynamodb.OldImage);
        writer.WriteString("SequenceNumber"u8, record.Dynamodb.SequenceNumber);
        writer.WriteNumber("SizeBytes"u8, record.Dynamodb.SizeBytes ?? 0);
        writer.WriteString("StreamViewType"u8, record.Dynamodb.StreamViewType?.Value);
        writer.WriteEndObject();
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

    /// <summary>An image that is not there is left out; the client gives it as nothing or as an empty map, by its settings.</summary>
    private static void WriteImage(Utf8JsonWriter writer, ReadOnlySpan<byte> name, Dictionary<string, AttributeValue>? image)
    {
        if (image is not { Count: > 0 }) return;
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

    private static void WriteValue(Utf8JsonWriter writer, AttributeValue value)
    {
        writer.WriteStartObject();
        switch (value)
        {
            case { S: { } text }: writer.WriteString("S"u8, text); break;
            case { N: { } number }: writer.WriteString("N"u8, number); break;
            case { BOOL: { } boolean }: writer.WriteBoolean("BOOL"u8, boolean); break;
            case { NULL: true }: writer.WriteBoolean("NULL"u8, true); break;
            case { B: { } bytes }: writer.WriteBase64String("B"u8, bytes.ToArray()); break;
            case { SS: { Count: > 0 } texts }: WriteTexts(writer, "SS"u8, texts); break;
            case { NS: { Count: > 0 } numbers }: WriteTexts(writer, "NS"u8, numbers); break;
            case { BS: { Count: > 0 } many }:
                writer.WriteStartArray("BS"u8);
                foreach (var bytes in many) writer.WriteBase64StringValue(bytes.ToArray());
                writer.WriteEndArray();
                break;
            case { M: { } map } when map.Count > 0 || value.L is null:
                writer.WritePropertyName("M"u8);
                WriteMap(writer, map);
                break;
            case { L: { } list }:
                writer.WriteStartArray("L"u8);
                foreach (var element in list) WriteValue(writer, element);
                writer.WriteEndArray();
                break;
            default: throw new InvalidDataException("An attribute of a stream record has no value of a known type.");
        }

        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, ReadOnlySpan<byte> name, List<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts) writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
