using System.Text.Json;
using Amazon.DynamoDBStreams.Model;
using Amazon.Runtime.Internal;

namespace Amazon.DynamoDBStreams.Internal;

/// <summary>The four operations of the service and the shapes of their responses. RecordReader.cs has the records.</summary>
internal static class Operations
{
    public static readonly InvokeOptions DescribeStream = JsonOperation.Create<DescribeStreamRequest, DescribeStreamResponse>(
        nameof(DescribeStream),
        static (writer, request) =>
        {
            WriteString(writer, "ExclusiveStartShardId"u8, request.ExclusiveStartShardId);
            WriteNumber(writer, "Limit"u8, request.Limit);
            if (request.ShardFilter is { } filter)
            {
                writer.WriteStartObject("ShardFilter"u8);
                WriteString(writer, "ShardId"u8, filter.ShardId);
                WriteString(writer, "Type"u8, filter.Type);
                writer.WriteEndObject();
            }
            WriteString(writer, "StreamArn"u8, request.StreamArn);
        },
        static (ref reader) =>
        {
            var response = new DescribeStreamResponse();
            while (reader.NextProperty())
            {
                if (reader.ValueTextEquals("StreamDescription"u8))
                    response.StreamDescription = reader.ReadObject(ReadStreamDescription);
                else
                    reader.Skip();
            }
            return response;
        }
    );

    public static readonly InvokeOptions GetShardIterator = JsonOperation.Create<GetShardIteratorRequest, GetShardIteratorResponse>(
        nameof(GetShardIterator),
        static (writer, request) =>
        {
            WriteString(writer, "SequenceNumber"u8, request.SequenceNumber);
            WriteString(writer, "ShardId"u8, request.ShardId);
            WriteString(writer, "ShardIteratorType"u8, request.ShardIteratorType);
            WriteString(writer, "StreamArn"u8, request.StreamArn);
        },
        static (ref reader) =>
        {
            var response = new GetShardIteratorResponse();
            while (reader.NextProperty())
            {
                if (reader.ValueTextEquals("ShardIterator"u8))
                    response.ShardIterator = reader.ReadString();
                else
                    reader.Skip();
            }
            return response;
        }
    );

    public static readonly InvokeOptions GetRecords = JsonOperation.Create<GetRecordsRequest, GetRecordsResponse>(
        nameof(GetRecords),
        static (writer, request) =>
        {
            WriteNumber(writer, "Limit"u8, request.Limit);
            WriteString(writer, "ShardIterator"u8, request.ShardIterator);
        },
        static (ref reader) =>
        {
            var response = new GetRecordsResponse();
            var records = new RecordReader();
            while (reader.NextProperty())
            {
                if (reader.ValueTextEquals("NextShardIterator"u8))
                    response.NextShardIterator = reader.ReadString();
                else if (reader.ValueTextEquals("Records"u8))
                    response.Records = reader.ReadList(records.ReadRecord);
                else
                    reader.Skip();
            }
            return response;
        }
    );

    public static readonly InvokeOptions ListStreams = JsonOperation.Create<ListStreamsRequest, ListStreamsResponse>(
        nameof(ListStreams),
        static (writer, request) =>
        {
            WriteString(writer, "ExclusiveStartStreamArn"u8, request.ExclusiveStartStreamArn);
            WriteNumber(writer, "Limit"u8, request.Limit);
            WriteString(writer, "TableName"u8, request.TableName);
        },
        static (ref reader) =>
        {
            var response = new ListStreamsResponse();
            while (reader.NextProperty())
            {
                if (reader.ValueTextEquals("LastEvaluatedStreamArn"u8))
                    response.LastEvaluatedStreamArn = reader.ReadString();
                else if (reader.ValueTextEquals("Streams"u8))
                    response.Streams = reader.ReadList(ReadStreamSummary);
                else
                    reader.Skip();
            }
            return response;
        }
    );

    private static StreamDescription ReadStreamDescription(ref Utf8JsonReader reader)
    {
        var description = new StreamDescription();
        while (reader.NextProperty())
        {
            if (reader.ValueTextEquals("CreationRequestDateTime"u8))
                description.CreationRequestDateTime = reader.ReadEpochSeconds();
            else if (reader.ValueTextEquals("KeySchema"u8))
                description.KeySchema = reader.ReadList(ReadKeySchemaElement);
            else if (reader.ValueTextEquals("LastEvaluatedShardId"u8))
                description.LastEvaluatedShardId = reader.ReadString();
            else if (reader.ValueTextEquals("Shards"u8))
                description.Shards = reader.ReadList(ReadShard);
            else if (reader.ValueTextEquals("StreamArn"u8))
                description.StreamArn = reader.ReadString();
            else if (reader.ValueTextEquals("StreamLabel"u8))
                description.StreamLabel = reader.ReadString();
            else if (reader.ValueTextEquals("StreamStatus"u8))
                description.StreamStatus = reader.ReadString();
            else if (reader.ValueTextEquals("StreamViewType"u8))
                description.StreamViewType = reader.ReadString();
            else if (reader.ValueTextEquals("TableName"u8))
                description.TableName = reader.ReadString();
            else
                reader.Skip();
        }
        return description;
    }

    private static KeySchemaElement ReadKeySchemaElement(ref Utf8JsonReader reader)
    {
        var element = new KeySchemaElement();
        while (reader.NextProperty())
        {
            if (reader.ValueTextEquals("AttributeName"u8))
                element.AttributeName = reader.ReadString();
            else if (reader.ValueTextEquals("KeyType"u8))
                element.KeyType = reader.ReadString();
            else
                reader.Skip();
        }
        return element;
    }

    private static Shard ReadShard(ref Utf8JsonReader reader)
    {
        var shard = new Shard();
        while (reader.NextProperty())
        {
            if (reader.ValueTextEquals("ParentShardId"u8))
                shard.ParentShardId = reader.ReadString();
            else if (reader.ValueTextEquals("SequenceNumberRange"u8))
                shard.SequenceNumberRange = reader.ReadObject(ReadSequenceNumberRange);
            else if (reader.ValueTextEquals("ShardId"u8))
                shard.ShardId = reader.ReadString();
            else
                reader.Skip();
        }
        return shard;
    }

    private static SequenceNumberRange ReadSequenceNumberRange(ref Utf8JsonReader reader)
    {
        var range = new SequenceNumberRange();
        while (reader.NextProperty())
        {
            if (reader.ValueTextEquals("EndingSequenceNumber"u8))
                range.EndingSequenceNumber = reader.ReadString();
            else if (reader.ValueTextEquals("StartingSequenceNumber"u8))
                range.StartingSequenceNumber = reader.ReadString();
            else
                reader.Skip();
        }
        return range;
    }

    private static StreamSummary ReadStreamSummary(ref Utf8JsonReader reader)
    {
        var summary = new StreamSummary();
        while (reader.NextProperty())
        {
            if (reader.ValueTextEquals("StreamArn"u8))
                summary.StreamArn = reader.ReadString();
            else if (reader.ValueTextEquals("StreamLabel"u8))
                summary.StreamLabel = reader.ReadString();
            else if (reader.ValueTextEquals("TableName"u8))
                summary.TableName = reader.ReadString();
            else
                reader.Skip();
        }
        return summary;
    }

    private static void WriteString(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string value)
    {
        if (value is not null)
            writer.WriteString(name, value);
    }

    private static void WriteNumber(Utf8JsonWriter writer, ReadOnlySpan<byte> name, int? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
    }
}
