using System.Text;
using Amazon.DynamoDBStreams.Model;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Adapters;

/// <summary>Makes what is delivered of what a stream returns.</summary>
internal static class ChangeRecords
{
    /// <summary>
    /// Writes a record. Nothing that it holds stops it: what makes no sense goes to the function as it came, which says what is wrong
    /// with it in a dead letter.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="streamArn">The stream that it is of.</param>
    /// <param name="time">Stands for the time of a record that does not tell its own; null for the system's clock.</param>
    /// <exception cref="InvalidDataException">It has no sequence number, and so no place in its shard.</exception>
    public static ChangeRecord Of(Record record, string streamArn, TimeProvider? time = null)
    {
        if (!StreamRecordJson.HasPlace(record))
            throw new InvalidDataException("The stream record has no sequence number.");
        var change = record.Dynamodb;
        return new(
            change.SequenceNumber,
            record.EventID ?? change.SequenceNumber,
            Encoding.UTF8.GetString(StreamRecordJson.ToKeyJson(record)),
            change.ApproximateCreationDateTime is { } created ? new(created.ToUniversalTime()) : (time ?? TimeProvider.System).GetUtcNow(),
            StreamRecordJson.ToJson(record, streamArn)
        );
    }
}
