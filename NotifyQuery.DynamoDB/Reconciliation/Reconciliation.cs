using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.DynamoDB.Reconciliation;

/// <summary>
/// Proves that the two tables agree, and makes them agree. Both are read as streams; what disagrees is looked at again after a while,
/// because the projection may be under way.
/// <para>
/// A repair never overwrites something newer: it is made only if the item still has the version that was seen, and keeps that version
/// (or gets version 0 where there was nothing), so that every change that the stream still holds goes over it. That ends in the right
/// state because a stream holds, of each item, all changes of the last 24 hours: if it holds an older one it holds the last one too.
/// </para>
/// </summary>
public sealed class Reconciliation(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    /// <summary>Compares the tables in both directions, and mends if asked to.</summary>
    /// <param name="options">How.</param>
    /// <param name="report">Filled on the way.</param>
    /// <param name="cancellationToken">Stops between two pages.</param>
    public async Task ReconcileAsync(ReconcileOptions options, ReconcileReport report, CancellationToken cancellationToken)
    {
        var commands = new ScanRequest { TableName = tables.CommandRecords };
        var notifications = new ScanRequest { TableName = tables.NotificationRecords, FilterExpression = $"attribute_not_exists({AttributeNames.DeletedAt})" };
        if (options.UserId is { } user)
        {
            // A command whose user_id is not even a text is nobody's: it is found without a user.
            commands.FilterExpression = $"{AttributeNames.UserId} = :user";
            notifications.FilterExpression += $" AND {AttributeNames.UserId} = :user";
            commands.ExpressionAttributeValues = notifications.ExpressionAttributeValues = new() { [":user"] = new(user) };
        }

        await TableScan.ReadAsync(client, commands, options.Segments, null, (page, stop) => CompareCommandsAsync(page, options, report, stop), cancellationToken)
            .ConfigureAwait(false);
        await TableScan.ReadAsync(client, notifications, options.Segments, null, (page, stop) => FindOrphansAsync(page, options, report, stop), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Projects all of command-records, as a stream that had no gap would have. Goes on where a rebuild before was stopped; to begin
    /// anew is said by <paramref name="restart"/>.
    /// </summary>
    public async Task RebuildAsync(int segments, bool restart, ReconcileReport report, CancellationToken cancellationToken)
    {
        var progress = new RebuildProgress(client, tables, time);
        if (restart) await progress.ClearAsync(cancellationToken).ConfigureAwait(false);
        var options = new ReconcileOptions { Repair = true, Settle = TimeSpan.Zero, Segments = segments };
        await TableScan.ReadAsync(client, new() { TableName = tables.CommandRecords }, segments, progress,
            (page, stop) => CompareCommandsAsync(page, options, report, stop), cancellationToken).ConfigureAwait(false);
        await progress.ClearAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Brings the notification of one command to the command's current state. Null when there is no such command.</summary>
    public async Task<CommandImage?> RepairCommandAsync(CommandKey key, ReconcileReport report, CancellationToken cancellationToken)
    {
        var items = await ItemBatch.GetAsync(client, tables.CommandRecords, [KeyOf(key)], cancellationToken).ConfigureAwait(false);
        if (items.Count == 0) return null;
        await CompareCommandsAsync(items, new() { Repair = true, Settle = TimeSpan.Zero }, report, cancellationToken).ConfigureAwait(false);
        return CommandImage.Read(CommandItem.Reader(items[0]));
    }

    private async Task CompareCommandsAsync(List<Item> commands, ReconcileOptions options, ReconcileReport report, CancellationToken cancellationToken)
    {
        report.AddCommands(commands.Count);
        var suspects = await DisagreeAsync(commands, null, cancellationToken).ConfigureAwait(false);
        if (suspects.Count > 0 && options.Settle > TimeSpan.Zero)
        {
            await Task.Delay(options.Settle, time, cancellationToken).ConfigureAwait(false);
            var again = await ItemBatch.GetAsync(client, tables.CommandRecords, suspects.Select(s => CommandItem.KeyOf(s.Record)), cancellationToken).ConfigureAwait(false);
            // A command that changed in between is being projected: it has had no time of its own to settle.
            var before = suspects.ToDictionary(s => CommandKey.Of(s.Record), s => s.Record);
            suspects = await DisagreeAsync(again, before, cancellationToken).ConfigureAwait(false);
        }

        foreach (var (record, shown) in suspects)
        {
            var kind = shown is null || NotificationItem.IsTombstone(shown) ? Discrepancy.Missing : Discrepancy.Stale;
            report.Add(new(kind, record.TransactionId, record.CreatedAt, kind is Discrepancy.Missing
                ? "the command is not shown"
                : $"shown differs in {string.Join(", ", NotificationItem.Differences(record, shown!))}"));
            if (options.Repair) report.AddRepair(await ReplaceAsync(shown, version => new ProjectionWrite.Put(record, version), cancellationToken).ConfigureAwait(false));
        }

        foreach (var (command, image) in commands.Select(c => (c, CommandImage.Read(CommandItem.Reader(c)))).Where(c => c.Item2.Record is null))
        {
            report.Add(new(Discrepancy.Failed, command[AttributeNames.TransactionId].S, command[AttributeNames.CreatedAt].S, string.Join("; ", image.Problems)));
        }
    }

    /// <summary>The valid commands that are not shown as they are, each with what is shown in its place.</summary>
    private async Task<List<(CommandRecord Record, Item? Shown)>> DisagreeAsync(
        List<Item> commands, Dictionary<CommandKey, CommandRecord>? unchangedSince, CancellationToken cancellationToken)
    {
        var records = commands.Select(item => CommandImage.Read(CommandItem.Reader(item)).Record).OfType<CommandRecord>().ToList();
        if (unchangedSince is not null) records.RemoveAll(record => unchangedSince.GetValueOrDefault(CommandKey.Of(record)) != record);
        var shown = (await ItemBatch.GetAsync(client, tables.NotificationRecords, records.Select(r => NotificationItem.KeyOf(r.Key)), cancellationToken).ConfigureAwait(false))
            .ToDictionary(NotificationItem.ReadKey);
        return
        [
            .. records.Select(record => (Record: record, Shown: shown.GetValueOrDefault(record.Key)))
                .Where(pair => pair.Shown is null || NotificationItem.Differences(pair.Record, pair.Shown).Count > 0),
        ];
    }

    private async Task FindOrphansAsync(List<Item> notifications, ReconcileOptions options, ReconcileReport report, CancellationToken cancellationToken)
    {
        report.AddNotifications(notifications.Count);
        var suspects = await WithoutCommandAsync(notifications, cancellationToken).ConfigureAwait(false);
        if (suspects.Count == 0) return;
        if (options.Settle > TimeSpan.Zero)
        {
            await Task.Delay(options.Settle, time, cancellationToken).ConfigureAwait(false);
            var again = await ItemBatch.GetAsync(
                client, tables.NotificationRecords, suspects.Select(s => NotificationItem.KeyOf(NotificationItem.ReadKey(s))), cancellationToken).ConfigureAwait(false);
            suspects = await WithoutCommandAsync([.. again.Where(item => !NotificationItem.IsTombstone(item))], cancellationToken).ConfigureAwait(false);
        }

        foreach (var orphan in suspects)
        {
            var key = NotificationItem.ReadKey(orphan);
            report.Add(new(Discrepancy.Orphaned, orphan[AttributeNames.TransactionId].S, orphan[AttributeNames.SentAt].S, "shown, but no command has its place here"));
            if (options.Repair)
                report.AddRepair(await ReplaceAsync(orphan, version => new ProjectionWrite.Tombstone(key, version, time.GetUtcNow()), cancellationToken).ConfigureAwait(false));
        }
    }

    private async Task<List<Item>> WithoutCommandAsync(List<Item> notifications, CancellationToken cancellationToken)
    {
        var commands = await ItemBatch.GetAsync(client, tables.CommandRecords,
            notifications.Select(n => KeyOf(new(n[AttributeNames.TransactionId].S, n[AttributeNames.SentAt].S))).DistinctBy(k => (k[AttributeNames.TransactionId].S, k[AttributeNames.CreatedAt].S)),
            cancellationToken).ConfigureAwait(false);
        var places = commands.Select(command => CommandImage.Read(CommandItem.Reader(command)).Record?.Key).ToHashSet();
        return [.. notifications.Where(notification => !places.Contains(NotificationItem.ReadKey(notification)))];
    }

    /// <summary>Writes over what was seen, if it is still there in the version that was seen.</summary>
    private async Task<bool> ReplaceAsync(Item? seen, Func<SourceVersion, ProjectionWrite> write, CancellationToken cancellationToken)
    {
        var version = seen is null ? default : NotificationItem.ReadVersion(seen);
        var request = new PutItemRequest
        {
            TableName = tables.NotificationRecords,
            Item = NotificationItem.Of(write(version), time.GetUtcNow()),
            ConditionExpression = seen is null ? $"attribute_not_exists({AttributeNames.SourceVersion})" : $"{AttributeNames.SourceVersion} = :seen",
            ExpressionAttributeValues = seen is null ? null : new() { [":seen"] = new(version.Digits) },
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

    private static Item KeyOf(CommandKey key) => new()
    {
        [AttributeNames.TransactionId] = new(key.TransactionId),
        [AttributeNames.CreatedAt] = new(key.CreatedAt),
    };
}
