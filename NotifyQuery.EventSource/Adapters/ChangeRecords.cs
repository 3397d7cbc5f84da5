using System.Text;
using Amazon.DynamoDBStreams.Model;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Adapters;

/// <summary>Converts stream records to the records that are delivered.</summary>
internal static class ChangeRecords
{
    /// <summary>
    /// Converts a record. Never fails because of the content: invalid values are passed to the function unchanged, and the function reports
    /// them in a dead letter.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="streamArn">The stream of the record.</param>
    /// <param name="time">The clock for records without a creation time; null for the system clock.</param>
    /// <exception cref="InvalidDataException">The record has no sequence number, so it has no position in its shard.</exception>
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
