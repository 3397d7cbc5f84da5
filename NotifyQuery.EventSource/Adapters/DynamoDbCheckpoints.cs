using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;
using OpenTelemetry;

namespace NotifyQuery.EventSource.Adapters;

/// <summary>
/// The table of checkpoints. A shard has one item. A table has one more, whose <c>stream_arn</c> is the table's name and whose
/// <c>shard_id</c> is <c>#lease</c>: who delivers it, until when, and which stream that is.
/// <para>
/// What somebody else wrote there and cannot be read counts as not there, and is written over: a shard is then delivered from its start,
/// which changes nothing that is shown.
/// </para>
/// </summary>
internal sealed class DynamoDbCheckpoints(IAmazonDynamoDB client, string checkpointTable, TimeProvider time) : ICheckpoints
{
    private const string LeaseId = "#lease";
    private const string StreamArn = "stream_arn";
    private const string ShardId = "shard_id";
    private const string LeaseOwner = "lease_owner";
    private const string LeaseExpiresAt = "lease_expires_at";
    private const string CurrentStream = "current_stream";
    private const string CurrentSince = "current_since";
    private const string Checkpoint = "checkpoint";
    private const string CheckpointOrder = "checkpoint_order";
    private const string LaneCheckpoints = "lane_checkpoints";
    private const string Completed = "completed";
    private const string UpdatedAt = "updated_at";

    public async Task<LeaseGrant?> AcquireAsync(LeaseClaim claim, CancellationToken cancellationToken)
    {
        var request = Claim(
            claim, $"attribute_not_exists({LeaseOwner}) OR {LeaseOwner} = :owner OR {LeaseExpiresAt} < :now OR NOT attribute_type({LeaseExpiresAt}, :number)");
        request.ExpressionAttributeValues[":now"] = Milliseconds(claim.Now);
        request.ExpressionAttributeValues[":number"] = new("N");
        request.ReturnValues = ReturnValue.ALL_NEW;
        using var untraced = SuppressInstrumentationScope.Begin(); // asked again and again
        try
        {
            var item = (await client.UpdateItemAsync(request, cancellationToken)).Attributes;
            return new(Text(item, CurrentStream) is { Length: > 0 } arn ? new StreamPointer(arn, Moment(item.GetValueOrDefault(CurrentSince))) : null);
        }
        catch (ConditionalCheckFailedException)
        {
            return null;
        }
    }

    public async Task<bool> RenewAsync(LeaseClaim claim, CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        return await TryAsync(Claim(claim, $"{LeaseOwner} = :owner"), cancellationToken);
    }

    public Task ReleaseAsync(string tableName, string owner, CancellationToken cancellationToken) => TryAsync(
        new()
        {
            TableName = checkpointTable,
            Key = Key(tableName, LeaseId),
            UpdateExpression = $"REMOVE {LeaseOwner}, {LeaseExpiresAt}",
            ConditionExpression = $"{LeaseOwner} = :owner",
            ExpressionAttributeValues = new() { [":owner"] = new(owner) },
        }, cancellationToken);

    public Task<bool> PointAsync(string tableName, string owner, StreamPointer stream, CancellationToken cancellationToken)
    {
        var request = new UpdateItemRequest
        {
            TableName = checkpointTable,
            Key = Key(tableName, LeaseId),
            UpdateExpression = $"SET {CurrentStream} = :stream REMOVE {CurrentSince}",
            ConditionExpression = $"{LeaseOwner} = :owner",
            ExpressionAttributeValues = new() { [":owner"] = new(owner), [":stream"] = new(stream.StreamArn) },
        };
        if (stream.Since is { } since)
        {
            request.UpdateExpression = $"SET {CurrentStream} = :stream, {CurrentSince} = :since";
            request.ExpressionAttributeValues[":since"] = Milliseconds(since);
        }

        return TryAsync(request, cancellationToken);
    }

    public async Task<IReadOnlyDictionary<string, ShardCheckpoint>> LoadAsync(string streamArn, CancellationToken cancellationToken)
    {
        var checkpoints = new Dictionary<string, ShardCheckpoint>(StringComparer.Ordinal);
        Dictionary<string, AttributeValue>? after = null;
        do
        {
            var page = await client.QueryAsync(new QueryRequest
            {
                TableName = checkpointTable,
                ConsistentRead = true,
                KeyConditionExpression = $"{StreamArn} = :stream",
                ExpressionAttributeValues = new() { [":stream"] = new(streamArn) },
                ExclusiveStartKey = after,
            }, cancellationToken);
            foreach (var item in page.Items ?? []) checkpoints[item[ShardId].S] = Read(item);
            after = page.LastEvaluatedKey;
        }
        while (after is { Count: > 0 });
        return checkpoints;
    }

    /// <summary>A late write of a former owner can only be behind, and is refused; were it ahead, it would be true all the same.</summary>
    public Task<bool> SaveAsync(string streamArn, string shardId, ShardCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, AttributeValue>
        {
            [":order"] = new(SequenceNumber.Padded(checkpoint.SequenceNumber)),
            [":most"] = new(SequenceNumber.Most), // behind it there is no number
            [":text"] = new("S"),
            [":completed"] = new() { BOOL = checkpoint.Completed },
            [":now"] = new(time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)),
        };
        var set = $"SET {CheckpointOrder} = :order, {Completed} = :completed, {UpdatedAt} = :now";
        var remove = new List<string>();
        Put(Checkpoint, checkpoint.SequenceNumber is { } number ? new(number) : null);
        Put(LaneCheckpoints, checkpoint.Lanes.Count > 0
            ? new() { L = [.. checkpoint.Lanes.Select(lane => lane is null ? new AttributeValue { NULL = true } : new AttributeValue(lane))] }
            : null);
        return TryAsync(
            new()
            {
                TableName = checkpointTable,
                Key = Key(streamArn, shardId),
                UpdateExpression = remove.Count > 0 ? $"{set} REMOVE {string.Join(", ", remove)}" : set,
                ConditionExpression = $"{CheckpointOrder} <= :order OR {CheckpointOrder} > :most OR NOT attribute_type({CheckpointOrder}, :text)",
                ExpressionAttributeValues = values,
            }, cancellationToken);

        void Put(string name, AttributeValue? value)
        {
            if (value is null)
            {
                remove.Add(name);
                return;
            }

            set += $", {name} = :{name}";
            values[$":{name}"] = value;
        }
    }

    public Task ForgetAsync(string streamArn, string shardId, CancellationToken cancellationToken) =>
        client.DeleteItemAsync(new DeleteItemRequest { TableName = checkpointTable, Key = Key(streamArn, shardId) }, cancellationToken);

    private static ShardCheckpoint Read(Dictionary<string, AttributeValue> item)
    {
        var (number, completed) = (Text(item, Checkpoint), item.GetValueOrDefault(Completed)?.BOOL is true);
        if (number is not null && !SequenceNumber.IsValid(number)) return ShardCheckpoint.Start;
        List<string?> lanes = [.. (item.GetValueOrDefault(LaneCheckpoints)?.L ?? []).Select(lane => lane.S)];
        return new(number, lanes.TrueForAll(lane => lane is null || SequenceNumber.IsValid(lane)) ? lanes : [], completed);
    }

    private static string? Text(Dictionary<string, AttributeValue> item, string name) => item.GetValueOrDefault(name)?.S;

    private UpdateItemRequest Claim(LeaseClaim claim, string condition) => new()
    {
        TableName = checkpointTable,
        Key = Key(claim.TableName, LeaseId),
        UpdateExpression = $"SET {LeaseOwner} = :owner, {LeaseExpiresAt} = :expires",
        ConditionExpression = condition,
        ExpressionAttributeValues = new() { [":owner"] = new(claim.Owner), [":expires"] = Milliseconds(claim.ExpiresAt) },
    };

    private async Task<bool> TryAsync(UpdateItemRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await client.UpdateItemAsync(request, cancellationToken);
            return true;
        }
        catch (ConditionalCheckFailedException)
        {
            return false;
        }
    }

    private static Dictionary<string, AttributeValue> Key(string streamArn, string shardId) => new() { [StreamArn] = new(streamArn), [ShardId] = new(shardId) };

    private static AttributeValue Milliseconds(DateTimeOffset moment) => new() { N = moment.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) };

    private static DateTimeOffset? Moment(AttributeValue? milliseconds) =>
        long.TryParse(milliseconds?.N, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(number)
            : null;
}
