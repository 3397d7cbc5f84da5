using System.Text.Json;
using Amazon.DynamoDBStreams.Model;

namespace Amazon.DynamoDBStreams.Internal;

/// <summary>
/// Reads the records of one response: up to 1,000 records, which mostly have the same attribute names. The string of a name is created
/// once, and then found by its bytes.
/// </summary>
internal sealed class RecordReader
{
    private readonly string[] names = new string[64];

    // Created once, because a method group creates a new delegate each time.
    private readonly ResponseReader<AttributeValue> readAttribute;
    private readonly ResponseReader<Dictionary<string, AttributeValue>> readAttributes;
    private readonly ResponseReader<StreamRecord> readStreamRecord;

    public RecordReader()
    {
        readAttribute = ReadAttribute;
        readAttributes = ReadAttributes;
        readStreamRecord = ReadStreamRecord;
    }

    public Record ReadRecord(ref Utf8JsonReader reader)
    {
        var record = new Record();
        while (reader.NextProperty())
        {
            if (reader.ValueTextEquals("awsRegion"u8))
                record.AwsRegion = ReadRepeated(ref reader);
            else if (reader.ValueTextEquals("dynamodb"u8))
                record.Dynamodb = reader.ReadObject(readStreamRecord);
            else if (reader.ValueTextEquals("eventID"u8))
                record.EventID = reader.ReadString();
            else if (reader.ValueTextEquals("eventName"u8))
                record.EventName = ReadRepeated(ref reader);
            else if (reader.ValueTextEquals("eventSource"u8))
                record.EventSource = ReadRepeated(ref reader);
            else if (reader.ValueTextEquals("eventVersion"u8))
                record.EventVersion = ReadRepeated(ref reader);
            else if (reader.ValueTextEquals("userIdentity"u8))
                record.UserIdentity = reader.ReadObject(ReadIdentity);
            else
                reader.Skip();
        }
        return record;
    }

    private StreamRecord ReadStreamRecord(ref Utf8JsonReader reader)
    {
        var record = new StreamRecord();
        while (reader.NextProperty())
        {
            if (reader.ValueTextEquals("ApproximateCreationDateTime"u8))
                record.ApproximateCreationDateTime = reader.ReadEpochSeconds();
            else if (reader.ValueTextEquals("Keys"u8))
                record.Keys = reader.ReadObject(readAttributes);
            else if (reader.ValueTextEquals("NewImage"u8))
                record.NewImage = reader.ReadObject(readAttributes);
            else if (reader.ValueTextEquals("OldImage"u8))
                record.OldImage = reader.ReadObject(readAttributes);
            else if (reader.ValueTextEquals("SequenceNumber"u8))
                record.SequenceNumber = reader.ReadString();
            else if (reader.ValueTextEquals("SizeBytes"u8))
                record.SizeBytes = reader.Read() && reader.TokenType == JsonTokenType.Number ? reader.GetInt64() : null;
            else if (reader.ValueTextEquals("StreamViewType"u8))
                record.StreamViewType = ReadRepeated(ref reader);
            else
                reader.Skip();
        }
        return record;
    }

    private Dictionary<string, AttributeValue> ReadAttributes(ref Utf8JsonReader reader)
    {
        var attributes = new Dictionary<string, AttributeValue>();
        while (reader.NextProperty())
        {
            var name = Name(ref reader);
            attributes[name] = reader.ReadObject(readAttribute);
        }
        return attributes;
    }

    private AttributeValue ReadAttribute(ref Utf8JsonReader reader)
    {
        var value = new AttributeValue();
        while (reader.NextProperty())
        {
            if (reader.ValueTextEquals("S"u8))
                value.S = reader.ReadString();
            else if (reader.ValueTextEquals("N"u8))
                value.N = reader.ReadString();
            else if (reader.ValueTextEquals("B"u8))
                value.B = reader.ReadObject(ReadBinary);
            else if (reader.ValueTextEquals("BOOL"u8))
                value.BOOL = ReadBoolean(ref reader);
            else if (reader.ValueTextEquals("NULL"u8))
                value.NULL = ReadBoolean(ref reader);
            else if (reader.ValueTextEquals("M"u8))
                value.M = reader.ReadObject(readAttributes);
            else if (reader.ValueTextEquals("L"u8))
                value.L = reader.ReadList(readAttribute);
            else if (reader.ValueTextEquals("SS"u8))
                value.SS = reader.ReadList(ReadElement);
            else if (reader.ValueTextEquals("NS"u8))
                value.NS = reader.ReadList(ReadElement);
            else if (reader.ValueTextEquals("BS"u8))
                value.BS = reader.ReadList(ReadBinary);
            else
                reader.Skip();
        }
        return value;
    }

    private static Identity ReadIdentity(ref Utf8JsonReader reader)
    {
        var identity = new Identity();
        while (reader.NextProperty())
        {
            if (reader.ValueTextEquals("PrincipalId"u8))
                identity.PrincipalId = reader.ReadString();
            else if (reader.ValueTextEquals("Type"u8))
                identity.Type = reader.ReadString();
            else
                reader.Skip();
        }
        return identity;
    }

    private static MemoryStream ReadBinary(ref Utf8JsonReader reader) => new(reader.GetBytesFromBase64());

    private static string ReadElement(ref Utf8JsonReader reader) => reader.GetString();

    private static bool? ReadBoolean(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null ? null : reader.GetBoolean();
    }

    private string ReadRepeated(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null ? null : Name(ref reader);
    }

    private string Name(ref Utf8JsonReader reader)
    {
        var bytes = reader.ValueSpan;
        if (reader.ValueIsEscaped || bytes.IsEmpty)
            return reader.GetString();
        ref var slot = ref names[(bytes[0] + bytes[^1] * 7 + bytes.Length * 31) % names.Length];
        if (slot is null || !reader.ValueTextEquals(slot))
            slot = reader.GetString();
        return slot;
    }
}
