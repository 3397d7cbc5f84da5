using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.DynamoDB;

/// <summary>
/// Compares commands with their notifications: reads both consistently, and replaces a notification unless a newer version exists.
/// </summary>
/// <param name="client">The DynamoDB client.</param>
/// <param name="tables">The tables' names.</param>
/// <param name="time">The clock.</param>
public sealed class ProjectedTables(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    /// <summary>Reads all commands, or those of a user, page by page.</summary>
    /// <param name="userId">The user; null for all. A command with a <c>user_id</c> that is not a string belongs to no user.</param>
    /// <param name="segments">The number of segments that are read concurrently.</param>
    /// <param name="page">Called for each page.</param>
    /// <param name="cancellationToken">Stops the scan between two pages.</param>
    public Task ScanCommandsAsync(
        string? userId,
        int segments,
        Func<List<Item>, CancellationToken, Task> page,
        CancellationToken cancellationToken
    ) => TableScan.ReadAsync(client, OfUser(new() { TableName = tables.CommandRecords }, userId), segments, null, page, cancellationToken);

    /// <summary>Reads all visible notifications, or those of a user, page by page.</summary>
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

    /// <summary>Reads all commands, or continues an interrupted scan for the same query table.</summary>
    /// <param name="segments">The number of segments that are read concurrently.</param>
    /// <param name="restart">Whether to start over instead of continuing.</param>
    /// <param name="page">Called for each page; an unfinished page is read again.</param>
    /// <param name="cancellationToken">Stops the scan between two pages.</param>
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

    /// <summary>The commands with these keys that exist.</summary>
    public Task<List<Item>> CommandsAsync(IEnumerable<CommandKey> keys, CancellationToken cancellationToken) =>
        BatchGet.GetAsync(client, tables.CommandRecords, keys.Distinct().Select(CommandItem.KeyOf), cancellationToken);

    /// <summary>The items of notification-records with these keys, including tombstones.</summary>
    public Task<List<Item>> ShownAsync(IEnumerable<NotificationKey> places, CancellationToken cancellationToken) =>
        BatchGet.GetAsync(client, tables.NotificationRecords, places.Select(NotificationItem.KeyOf), cancellationToken);

    /// <summary>The notifications of a command, for any user. The index gives their keys, and the items are read from the table.</summary>
    public async Task<List<Item>> ShownForAsync(CommandKey key, CancellationToken cancellationToken)
    {
        var request = new QueryRequest
        {
            TableName = tables.NotificationRecords,
            IndexName = QueryIndex.TransactionIndex,
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

        var items = await BatchGet.GetAsync(client, tables.NotificationRecords, keys, cancellationToken).ConfigureAwait(false);
        return [.. items.Where(item => !NotificationItem.IsTombstone(item))];
    }

    /// <summary>
    /// The version before the first record of the current stream of command-records; the default when there is no stream.
    /// </summary>
    public async Task<SourceVersion> StreamStartAsync(CancellationToken cancellationToken)
    {
        var description = await client.DescribeTableAsync(tables.CommandRecords, cancellationToken).ConfigureAwait(false);
        SourceVersion.TryStartOf(description.Table.LatestStreamArn, out var start);
        return start;
    }

    /// <summary>Replaces an item, if it still has the version that was read.</summary>
    /// <param name="seen">The item that was read; null if there was none.</param>
    /// <param name="start">The result of <see cref="StreamStartAsync"/>, which must be called before the command is read.</param>
    /// <param name="write">Creates the write for a version.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    /// <returns>Whether it was written; false when a newer version exists.</returns>
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

    /// <summary>Checks why notification-records refused a command. Returns if the command is at fault.</summary>
    /// <param name="record">The command.</param>
    /// <param name="refusal">The error of the refused write.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <exception cref="InvalidOperationException">The table is at fault: nothing can be written to it.</exception>
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
