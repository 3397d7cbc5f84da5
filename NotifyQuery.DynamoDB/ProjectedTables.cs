using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.DynamoDB;

/// <summary>Commands and what is shown for them, side by side: read consistently, and replaced where nothing newer stands.</summary>
/// <param name="client">The engine.</param>
/// <param name="tables">The tables' names.</param>
/// <param name="time">The clock.</param>
public sealed class ProjectedTables(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    /// <summary>Reads all commands, or those of a user, page by page.</summary>
    /// <param name="userId">The user; null for all. A command whose <c>user_id</c> is not even a text is nobody's.</param>
    /// <param name="segments">How many parts of the table are read at once.</param>
    /// <param name="page">Told of each page.</param>
    /// <param name="cancellationToken">Stops between two pages.</param>
    public Task ScanCommandsAsync(
        string? userId,
        int segments,
        Func<List<Item>, CancellationToken, Task> page,
        CancellationToken cancellationToken
    ) => TableScan.ReadAsync(client, OfUser(new() { TableName = tables.CommandRecords }, userId), segments, null, page, cancellationToken);

    /// <summary>Reads all notifications that are shown, or those of a user, page by page.</summary>
    /// <inheritdoc cref="ScanCommandsAsync" />
    public Task ScanNotificationsAsync(
        string? userId,
        int segments,
        Func<List<Item>, CancellationToken, Task> page,
        CancellationToken cancellationToken
    )
    {
        var request = new ScanRequest
        {
            TableName = tables.NotificationRecords,
            FilterExpression = $"attribute_not_exists({AttributeNames.DeletedAt})",
        };
        return TableScan.ReadAsync(client, OfUser(request, userId), segments, null, page, cancellationToken);
    }

    /// <summary>Reads all commands, and goes on where such a scan for the same query table was stopped before.</summary>
    /// <param name="segments">How many parts of the table are read at once.</param>
    /// <param name="restart">Whether to start over instead.</param>
    /// <param name="page">Told of each page; one that it did not finish comes again.</param>
    /// <param name="cancellationToken">Stops between two pages.</param>
    public async Task ResumeCommandsAsync(
        int segments,
        bool restart,
        Func<List<Item>, CancellationToken, Task> page,
        CancellationToken cancellationToken
    )
    {
        var progress = new RebuildProgress(client, tables, time);
        if (restart)
            await progress.ClearAsync(cancellationToken).ConfigureAwait(false);
        await TableScan
            .ReadAsync(client, new() { TableName = tables.CommandRecords }, segments, progress, page, cancellationToken)
            .ConfigureAwait(false);
        await progress.ClearAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The commands of some keys, as far as they are there.</summary>
    public Task<List<Item>> CommandsAsync(IEnumerable<CommandKey> keys, CancellationToken cancellationToken) =>
        ItemBatch.GetAsync(client, tables.CommandRecords, keys.Distinct().Select(CommandItem.KeyOf), cancellationToken);

    /// <summary>What stands in some places of notification-records, tombstones too.</summary>
    public Task<List<Item>> ShownAsync(IEnumerable<NotificationKey> places, CancellationToken cancellationToken) =>
        ItemBatch.GetAsync(client, tables.NotificationRecords, places.Select(NotificationItem.KeyOf), cancellationToken);

    /// <summary>What is shown for a command, with whichever users; found through the index, read from the table.</summary>
    public async Task<List<Item>> ShownForAsync(CommandKey key, CancellationToken cancellationToken)
    {
        var request = new QueryRequest
        {
            TableName = tables.NotificationRecords,
            IndexName = IndexPlan.TransactionIndex,
            KeyConditionExpression = $"{AttributeNames.TransactionId} = :transaction AND begins_with({AttributeNames.CreatedAt}, :moment)",
            ExpressionAttributeValues = new() { [":transaction"] = new(key.TransactionId), [":moment"] = new(key.CreatedAt) },
            ProjectionExpression = $"{AttributeNames.UserId}, {AttributeNames.CreatedAt}",
        };
        var keys = new List<Item>();
        do
        {
            var response = await client.QueryAsync(request, cancellationToken).ConfigureAwait(false);
            keys.AddRange((response.Items ?? []).Where(item => CommandKey.Of(NotificationItem.ReadKey(item)) == key));
            request.ExclusiveStartKey = response.LastEvaluatedKey;
        } while (request.ExclusiveStartKey is { Count: > 0 });

        var items = await ItemBatch.GetAsync(client, tables.NotificationRecords, keys, cancellationToken).ConfigureAwait(false);
        return [.. items.Where(item => !NotificationItem.IsTombstone(item))];
    }

    /// <summary>The version before the first record of the present stream of command-records; the default when there is none.</summary>
    public async Task<SourceVersion> StreamStartAsync(CancellationToken cancellationToken)
    {
        var description = await client.DescribeTableAsync(tables.CommandRecords, cancellationToken).ConfigureAwait(false);
        SourceVersion.TryStartOf(description.Table.LatestStreamArn, out var start);
        return start;
    }

    /// <summary>Writes over what was seen, if it is still there in the version that was seen.</summary>
    /// <param name="seen">What was seen; null for nothing.</param>
    /// <param name="start">What <see cref="StreamStartAsync"/> said before the command was read.</param>
    /// <param name="write">The write, given the version that it is to have.</param>
    /// <param name="cancellationToken">Ends the write.</param>
    /// <returns>Whether it was written; false when something newer stands there.</returns>
    public async Task<bool> ReplaceAsync(
        Item? seen,
        SourceVersion start,
        Func<SourceVersion, ProjectionWrite> write,
        CancellationToken cancellationToken
    )
    {
        SourceVersion known = seen is null ? default : NotificationItem.ReadVersion(seen);
        var version = seen?.GetValueOrDefault(AttributeNames.SourceVersion);
        var request = new PutItemRequest
        {
            TableName = tables.NotificationRecords,
            Item = NotificationItem.Of(write(known.Repaired(start)), tables.KeySpread, time.GetUtcNow()),
            ConditionExpression = version is null
                ? $"attribute_not_exists({AttributeNames.SourceVersion})"
                : $"{AttributeNames.SourceVersion} = :seen",
            ExpressionAttributeValues = version is null ? null : new() { [":seen"] = version },
        };
        try
        {
            await client.PutItemAsync(request, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ConditionalCheckFailedException)
        {
            return false;
        }
    }

    /// <summary>Returns if a command is at fault that notification-records has refused to show, for it alone is refused.</summary>
    /// <param name="record">The command.</param>
    /// <param name="refusal">How it was refused.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="InvalidOperationException">The table is at fault: nothing can be written to it as it is.</exception>
    public Task ThrowIfTablesFaultAsync(CommandRecord record, AmazonDynamoDBException refusal, CancellationToken cancellationToken) =>
        Refusal.ThrowIfTablesFaultAsync(
            client,
            tables.NotificationRecords,
            NotificationItem.Of(new ProjectionWrite.Put(record, default), tables.KeySpread, default),
            refusal,
            cancellationToken
        );

    private static ScanRequest OfUser(ScanRequest request, string? userId)
    {
        if (userId is null)
            return request;
        var ofUser = $"{AttributeNames.UserId} = :user";
        request.FilterExpression = request.FilterExpression is null ? ofUser : $"{request.FilterExpression} AND {ofUser}";
        request.ExpressionAttributeValues = new() { [":user"] = new(userId) };
        return request;
    }
}
