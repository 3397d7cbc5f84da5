using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Ports;
using OpenTelemetry;
using static NotifyQuery.DynamoDB.Streams.CheckpointItem;

namespace NotifyQuery.EventSource.Adapters;

/// <summary>
/// The checkpoint table. Unreadable values, for example from other programs, count as absent and are overwritten. The shard is then
/// delivered from its start, which does not change the projection.
/// </summary>
internal sealed class DynamoDBCheckpoints(IAmazonDynamoDB client, string checkpointTable, TimeProvider time) : ICheckpoints
{
    private readonly CheckpointTable table = new(client, checkpointTable);

    /// <inheritdoc />
    public Task<LeaseGrant?> AcquireAsync(LeaseClaim claim, CancellationToken cancellationToken)
    {
        var request = Claim(
            claim,
            $"attribute_not_exists({LeaseOwner}) OR {LeaseOwner} = :owner OR {LeaseExpiresAt} < :now "
                + $"OR NOT attribute_type({LeaseExpiresAt}, :number)"
        );
        request.ExpressionAttributeValues[":now"] = Milliseconds(claim.Now);
        request.ExpressionAttributeValues[":number"] = new("N");
        return GrantAsync(request, cancellationToken);
    }

    /// <inheritdoc />
    public Task<LeaseGrant?> RenewAsync(LeaseClaim claim, CancellationToken cancellationToken) =>
        GrantAsync(Claim(claim, $"{LeaseOwner} = :owner"), cancellationToken);

    /// <inheritdoc />
    public Task ReleaseAsync(string tableName, string owner, CancellationToken cancellationToken) =>
        TryAsync(
            new()
            {
                TableName = checkpointTable,
                Key = Key(tableName, LeaseId),
                UpdateExpression = $"REMOVE {LeaseOwner}, {LeaseExpiresAt}",
                ConditionExpression = $"{LeaseOwner} = :owner",
                ExpressionAttributeValues = new() { [":owner"] = new(owner) },
            },
            cancellationToken
        );

    /// <inheritdoc />
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

    /// <inheritdoc />
    public Task<bool> TakeAsync(string tableName, string owner, ControlTaken taken, CancellationToken cancellationToken)
    {
        var request = new UpdateItemRequest
        {
            TableName = checkpointTable,
            Key = Key(tableName, LeaseId),
            UpdateExpression =
                $"SET {TakenVersion} = :version, {TakenEnabled} = :enabled, {TakenAt} = :at, {TakenRecordAge} = :age REMOVE {Resets}",
            ConditionExpression = $"{LeaseOwner} = :owner AND {StillAt(taken.Version)}",
            ExpressionAttributeValues = new()
            {
                [":owner"] = new(owner),
                [":version"] = Number(taken.Version),
                [":enabled"] = new() { BOOL = taken.Enabled },
                [":at"] = Milliseconds(taken.At),
                [":age"] = taken.MaximumRecordAge is { } age ? Number((long)age.TotalSeconds) : new AttributeValue { NULL = true },
            },
        };
        if (taken.Version == 0)
            request.ExpressionAttributeValues[":number"] = new("N");
        return TryAsync(request, cancellationToken);
    }

    /// <inheritdoc />
    public Task<bool> ResetAsync(ShardReset reset, CancellationToken cancellationToken)
    {
        var request = new UpdateItemRequest
        {
            TableName = checkpointTable,
            Key = Key(reset.StreamArn, reset.ShardId),
            ConditionExpression = $"({Generation} < :generation OR NOT attribute_type({Generation}, :number))",
            ExpressionAttributeValues = new()
            {
                [":order"] = new(SequenceNumber.Padded(reset.After)),
                [":no"] = new() { BOOL = false },
                [":generation"] = Number(reset.Version),
                [":number"] = new("N"),
                [":now"] = new(Now()),
            },
        };
        var set = $"SET {CheckpointOrder} = :order, {Completed} = :no, {Generation} = :generation, {UpdatedAt} = :now";
        if (reset.After is { } after)
        {
            request.ExpressionAttributeValues[":after"] = new(after);
            request.ExpressionAttributeValues[":text"] = new("S");
            request.ConditionExpression += $" AND ({CheckpointOrder} < :order OR NOT attribute_type({CheckpointOrder}, :text))";
            request.UpdateExpression = $"{set}, {Checkpoint} = :after REMOVE {LaneCheckpoints}, {StartAt}";
        }
        else if (reset.From is { } from)
        {
            request.ExpressionAttributeValues[":from"] = new(from);
            request.UpdateExpression = $"{set}, {StartAt} = :from REMOVE {LaneCheckpoints}, {Checkpoint}";
        }
        else
        {
            request.UpdateExpression = $"{set} REMOVE {LaneCheckpoints}, {Checkpoint}, {StartAt}";
        }

        return TryAsync(request, cancellationToken);
    }

    /// <inheritdoc />
    public Task<IReadOnlyDictionary<string, ShardCheckpoint>> LoadAsync(string streamArn, CancellationToken cancellationToken) =>
        table.LoadAsync(streamArn, cancellationToken);

    /// <summary>
    /// A late write of a former owner is usually behind the stored checkpoint, so the condition fails. A late write that is ahead is still
    /// correct. If the position was reset, the late write has an older generation, so the condition fails too.
    /// </summary>
    public Task<bool> SaveAsync(string streamArn, string shardId, ShardCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, AttributeValue>
        {
            [":order"] = new(SequenceNumber.Padded(checkpoint.SequenceNumber)),
            [":most"] = new(SequenceNumber.Most), // the largest sequence number
            [":text"] = new("S"),
            [":completed"] = new() { BOOL = checkpoint.Completed },
            [":now"] = new(Now()),
            [":generation"] = Number(checkpoint.Generation),
        };
        if (checkpoint.Generation == 0)
            values[":number"] = new("N");
        var generation =
            checkpoint.Generation > 0
                ? $"{Generation} = :generation"
                : $"({Generation} = :generation OR NOT attribute_type({Generation}, :number))";
        var forward = $"({CheckpointOrder} <= :order OR {CheckpointOrder} > :most OR NOT attribute_type({CheckpointOrder}, :text))";
        var set = $"SET {CheckpointOrder} = :order, {Completed} = :completed, {UpdatedAt} = :now";
        var remove = new List<string>();
        Put(Checkpoint, checkpoint.SequenceNumber is { } number ? new(number) : null);
        Put(
            LaneCheckpoints,
            checkpoint.Lanes.Count > 0
                ? new()
                {
                    L = [.. checkpoint.Lanes.Select(lane => lane is null ? new AttributeValue { NULL = true } : new AttributeValue(lane))],
                }
                : null
        );
        return TryAsync(
            new()
            {
                TableName = checkpointTable,
                Key = Key(streamArn, shardId),
                UpdateExpression = remove.Count > 0 ? $"{set} REMOVE {string.Join(", ", remove)}" : set,
                ConditionExpression = $"{generation} AND {forward}",
                ExpressionAttributeValues = values,
            },
            cancellationToken
        );

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

    /// <inheritdoc />
    public Task ForgetAsync(string streamArn, string shardId, CancellationToken cancellationToken) =>
        client.DeleteItemAsync(new DeleteItemRequest { TableName = checkpointTable, Key = Key(streamArn, shardId) }, cancellationToken);

    private async Task<LeaseGrant?> GrantAsync(UpdateItemRequest request, CancellationToken cancellationToken)
    {
        request.ReturnValues = ReturnValue.ALL_NEW;
        using var untraced = SuppressInstrumentationScope.Begin(); // called continuously
        try
        {
            return LeaseGrant.Of(ReadControl((await client.UpdateItemAsync(request, cancellationToken)).Attributes));
        }
        catch (ConditionalCheckFailedException)
        {
            return null;
        }
    }

    private UpdateItemRequest Claim(LeaseClaim claim, string condition) =>
        new()
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

    private string Now() => time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
