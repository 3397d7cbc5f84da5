using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace NotifyQuery.DynamoDB.Streams;

/// <summary>What operators read of the table of checkpoints, and ask for there.</summary>
/// <param name="client">The tables.</param>
/// <param name="checkpointTable">The table of checkpoints.</param>
public sealed class CheckpointTable(IAmazonDynamoDB client, string checkpointTable)
{
    /// <summary>What operators have asked of the event source of a table, and what it has carried out.</summary>
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

    /// <summary>How far each shard of a stream has been delivered; a shard that nothing was noted of is missing.</summary>
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
    /// Makes a request: <paramref name="wanted"/> with the version that follows the one of <paramref name="seen"/>. False, and nothing is
    /// changed, when somebody else has made one since that was read.
    /// </summary>
    /// <param name="tableName">The table whose changes are delivered.</param>
    /// <param name="seen">What was read before.</param>
    /// <param name="wanted">
    /// Whether it is to be paused, by whom, which positions are to be replaced, and who asks: see <see cref="DeliveryControl.Last"/>.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<bool> TryAskAsync(string tableName, DeliveryControl seen, DeliveryControl wanted, CancellationToken cancellationToken)
    {
        var last = wanted.Last ?? throw new ArgumentException("It must be said who asks.", nameof(wanted));
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
