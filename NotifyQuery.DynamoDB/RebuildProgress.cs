using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.DynamoDB.Reconciliation;

/// <summary>Keeps in stream-checkpoints how far a rebuild has come, so that one that was stopped goes on where it was.</summary>
internal sealed class RebuildProgress(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    private readonly string run = $"rebuild#{tables.NotificationRecords}";

    public async Task<SegmentPosition> ReadAsync(int segment, int segments, CancellationToken cancellationToken)
    {
        var item = (await client.GetItemAsync(tables.StreamCheckpoints, KeyOf(segment, segments), true, cancellationToken).ConfigureAwait(false)).Item;
        if (item is not { Count: > 0 }) return SegmentPosition.Start;
        return item["finished"].BOOL is true ? SegmentPosition.End : new(item["last_key"].M, false);
    }

    public Task WriteAsync(int segment, int segments, SegmentPosition position, CancellationToken cancellationToken)
    {
        var item = KeyOf(segment, segments);
        item["finished"] = new() { BOOL = position.Finished };
        item["updated_at"] = new(Timestamp.Format(time.GetUtcNow()));
        if (position.LastKey is { } key) item["last_key"] = new() { M = key };
        return client.PutItemAsync(tables.StreamCheckpoints, item, cancellationToken);
    }

    /// <summary>Forgets how far it came: the next rebuild begins at the start.</summary>
    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        var response = await client.QueryAsync(new QueryRequest
        {
            TableName = tables.StreamCheckpoints,
            KeyConditionExpression = "stream_arn = :run",
            ExpressionAttributeValues = new() { [":run"] = new(run) },
            ProjectionExpression = "stream_arn, shard_id",
            ConsistentRead = true, // a segment overlooked here would be taken for finished by the next rebuild
        }, cancellationToken).ConfigureAwait(false);
        foreach (var key in response.Items ?? []) await client.DeleteItemAsync(tables.StreamCheckpoints, key, cancellationToken).ConfigureAwait(false);
    }

    private Dictionary<string, AttributeValue> KeyOf(int segment, int segments) => new()
    {
        ["stream_arn"] = new(run),
        ["shard_id"] = new(string.Create(CultureInfo.InvariantCulture, $"segment {segment + 1} of {segments}")),
    };
}
