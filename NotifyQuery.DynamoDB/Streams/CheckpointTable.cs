using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace NotifyQuery.DynamoDB.Streams;

/// <summary>The operators' access to the checkpoint table: reads the state and makes requests.</summary>
/// <param name="client">The DynamoDB client.</param>
/// <param name="checkpointTable">The checkpoint table.</param>
public sealed class CheckpointTable(IAmazonDynamoDB client, string checkpointTable)
{
    /// <summary>The operators' requests to the event source of a table, and which of them the event source has carried out.</summary>
    public async Task<DeliveryControl> ReadControlAsync(string tableName, CancellationToken cancellationToken)
    {
        var found = await client
            .GetItemAsync(
                new GetItemRequest
                {
                    TableName = checkpointTable,
                    Key = CheckpointItem.Key(tableName, CheckpointItem.LeaseId),
                    ConsistentRead = true,
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return CheckpointItem.ReadControl(found.IsItemSet ? found.Item : null);
    }

    /// <summary>How far each shard of a stream has been delivered. Shards without a checkpoint are left out.</summary>
    public async Task<IReadOnlyDictionary<string, ShardCheckpoint>> LoadAsync(string streamArn, CancellationToken cancellationToken)
    {
        var checkpoints = new Dictionary<string, ShardCheckpoint>(StringComparer.Ordinal);
        Dictionary<string, AttributeValue>? after = null;
        do
        {
            var page = await client
                .QueryAsync(
                    new QueryRequest
                    {
                        TableName = checkpointTable,
                        ConsistentRead = true,
                        KeyConditionExpression = $"{CheckpointItem.StreamArn} = :stream",
                        ExpressionAttributeValues = new() { [":stream"] = new(streamArn) },
                        ExclusiveStartKey = after,
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
            foreach (var item in page.Items ?? [])
                checkpoints[item[CheckpointItem.ShardId].S] = CheckpointItem.ReadCheckpoint(item);
            after = page.LastEvaluatedKey;
        } while (after is { Count: > 0 });
        return checkpoints;
    }

    /// <summary>
    /// Makes a request: stores <paramref name="wanted"/> with the next version after <paramref name="seen"/>. Returns false and changes
    /// nothing when another request was made after <paramref name="seen"/> was read.
    /// </summary>
    /// <param name="tableName">The table with the delivered changes.</param>
    /// <param name="seen">The state that was read before.</param>
    /// <param name="wanted">
    /// The requested state: whether delivery is paused and by whom, which positions to replace, and who makes the request (see
    /// <see cref="DeliveryControl.Last"/>).
    /// </param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<bool> TryAskAsync(string tableName, DeliveryControl seen, DeliveryControl wanted, CancellationToken cancellationToken)
    {
        var last = wanted.Last ?? throw new ArgumentException("The request must say who makes it.", nameof(wanted));
        var values = new Dictionary<string, AttributeValue>
        {
            [":version"] = CheckpointItem.Number(seen.Version),
            [":next"] = CheckpointItem.Number(seen.Version + 1),
            [":paused"] = new() { BOOL = wanted.Paused },
            [":for"] = new(last.For),
            [":by"] = new(last.By),
            [":at"] = CheckpointItem.Milliseconds(last.At),
        };
        if (seen.Version == 0)
            values[":number"] = new("N");
        var set =
            $"SET {CheckpointItem.ControlVersion} = :next, {CheckpointItem.Paused} = :paused, "
            + $"{CheckpointItem.AskedFor} = :for, {CheckpointItem.AskedBy} = :by, {CheckpointItem.AskedAt} = :at";
        var remove = new List<string>();
        if (wanted.PausedBy is { } pause)
        {
            set += $", {CheckpointItem.PausedBy} = :pausedBy, {CheckpointItem.PausedAt} = :pausedAt";
            values[":pausedBy"] = new(pause.By);
            values[":pausedAt"] = CheckpointItem.Milliseconds(pause.At);
        }
        else
        {
            remove.AddRange([CheckpointItem.PausedBy, CheckpointItem.PausedAt]);
        }

        if (wanted.Resets.Count > 0)
        {
            set += $", {CheckpointItem.Resets} = :resets";
            values[":resets"] = new() { L = [.. wanted.Resets.Select(CheckpointItem.Write)] };
        }
        else
        {
            remove.Add(CheckpointItem.Resets);
        }

        try
        {
            await client
                .UpdateItemAsync(
                    new UpdateItemRequest
                    {
                        TableName = checkpointTable,
                        Key = CheckpointItem.Key(tableName, CheckpointItem.LeaseId),
                        UpdateExpression = remove.Count > 0 ? $"{set} REMOVE {string.Join(", ", remove)}" : set,
                        ConditionExpression = CheckpointItem.StillAt(seen.Version),
                        ExpressionAttributeValues = values,
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
            return true;
        }
        catch (ConditionalCheckFailedException)
        {
            return false;
        }
    }
}
