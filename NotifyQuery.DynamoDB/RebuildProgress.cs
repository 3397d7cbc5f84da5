using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB.Streams;

namespace NotifyQuery.DynamoDB;

/// <summary>Stores the progress of a rebuild in stream-checkpoints, so that an interrupted rebuild can continue.</summary>
internal sealed class RebuildProgress(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    private const string Finished = "finished";
    private const string LastKey = "last_key";

    private readonly string run = $"rebuild#{tables.NotificationRecords}";

    public async Task<SegmentPosition> ReadAsync(int segment, int segments, CancellationToken cancellationToken)
    {
        var response = await client
            .GetItemAsync(tables.StreamCheckpoints, KeyOf(segment, segments), true, cancellationToken)
            .ConfigureAwait(false);
        // Without an item, or with a damaged one, the segment starts again: to write an item a second time changes nothing.
        if (response.Item?.GetValueOrDefault(Finished)?.BOOL is true)
            return SegmentPosition.End;
        return response.Item?.GetValueOrDefault(LastKey)?.M is { Count: > 0 } key ? new(key, false) : SegmentPosition.Start;
    }

    public Task WriteAsync(int segment, int segments, SegmentPosition position, CancellationToken cancellationToken)
    {
        var item = KeyOf(segment, segments);
        item[Finished] = new() { BOOL = position.Finished };
        item[CheckpointItem.UpdatedAt] = new(Timestamp.Format(time.GetUtcNow()));
        if (position.LastKey is { } key)
            item[LastKey] = new() { M = key };
        return client.PutItemAsync(tables.StreamCheckpoints, item, cancellationToken);
    }

    /// <summary>Deletes the progress: the next rebuild starts from the beginning.</summary>
    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        var response = await client
            .QueryAsync(
                new QueryRequest
                {
                    TableName = tables.StreamCheckpoints,
                    KeyConditionExpression = $"{CheckpointItem.StreamArn} = :run",
                    ExpressionAttributeValues = new() { [":run"] = new(run) },
                    ProjectionExpression = $"{CheckpointItem.StreamArn}, {CheckpointItem.ShardId}",
                    ConsistentRead = true, // a segment that is missed here would count as finished in the next rebuild
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        foreach (var key in response.Items ?? [])
            await client.DeleteItemAsync(tables.StreamCheckpoints, key, cancellationToken).ConfigureAwait(false);
    }

    private Dictionary<string, AttributeValue> KeyOf(int segment, int segments) =>
        CheckpointItem.Key(run, string.Create(CultureInfo.InvariantCulture, $"segment {segment + 1} of {segments}"));
}
