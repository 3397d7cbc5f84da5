using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB.Http;
using NotifyQuery.DynamoDB.Tables;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.DynamoDB.Reconciliation;

/// <summary>
/// Proves that the two tables agree, and makes them agree. Both are read as streams; what disagrees is looked at again after a while,
/// because the projection may be under way.
/// <para>
/// A repair never overwrites something newer: it is made only if the item still has the version that was seen, and keeps that version
/// if it is of the present stream of command-records (else it gets the version before that stream's first record), so that every change
/// that the stream still holds goes over it. That ends in the right state because a stream holds, of each item, all changes of the last
/// 24 hours: if it holds an older one it holds the last one too. Changes of earlier streams stay away: the command's current state is
/// newer than all of them.
/// </para>
/// </summary>
public sealed class Reconciler(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    /// <summary>Compares the tables in both directions, and repairs if asked to.</summary>
    /// <param name="options">How.</param>
    /// <param name="report">Filled on the way.</param>
    /// <param name="cancellationToken">Stops between two pages.</param>
    /// <exception cref="OtherKeysException">The query table has other keys than the configuration says.</exception>
    public async Task ReconcileAsync(ReconcileOptions options, ReconcileReport report, CancellationToken cancellationToken)
    {
        await QueryTableKeys.RequireAsync(client, tables, cancellationToken).ConfigureAwait(false);
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
    /// Projects all of command-records, as a stream that had no gap would have. Goes on where a rebuild before was stopped; or starts over,
    /// if asked to by <paramref name="restart"/>.
    /// </summary>
    /// <exception cref="OtherKeysException">The query table has other keys than the configuration says.</exception>
    public async Task RebuildAsync(int segments, bool restart, ReconcileReport report, CancellationToken cancellationToken)
    {
        await QueryTableKeys.RequireAsync(client, tables, cancellationToken).ConfigureAwait(false);
        var progress = new RebuildProgress(client, tables, time);
        if (restart) await progress.ClearAsync(cancellationToken).ConfigureAwait(false);
        var options = new ReconcileOptions { Repair = true, Settle = TimeSpan.Zero, Segments = segments };
        await TableScan.ReadAsync(client, new() { TableName = tables.CommandRecords }, segments, progress,
            (page, stop) => CompareCommandsAsync(page, options, report, stop), cancellationToken).ConfigureAwait(false);
        await progress.ClearAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Brings the notifications of some commands to the commands' current state, and clears the places that they left behind, for example
    /// with the user that one was moved from. What is shown of a command that is gone is cleared.
    /// </summary>
    /// <param name="keys">The commands, at most <see cref="ReconcileReport.FindingsKept"/>.</param>
    /// <param name="report">Filled on the way; a new one for each call.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    /// <returns>Of each command that cannot be projected as it is now, why.</returns>
    public async Task<IReadOnlyDictionary<CommandKey, string>> RepairCommandsAsync(
        IReadOnlyCollection<CommandKey> keys, ReconcileReport report, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys.Count, ReconcileReport.FindingsKept);
        var options = new ReconcileOptions { Repair = true, Settle = TimeSpan.Zero };
        var shown = new List<Item>();
        foreach (var key in keys.Distinct()) shown.AddRange(await ShownForAsync(key, cancellationToken).ConfigureAwait(false));
        await FindOrphansAsync(shown, options, report, cancellationToken).ConfigureAwait(false);
        await CompareCommandsAsync(await CommandsAsync(keys, cancellationToken).ConfigureAwait(false), options, report, cancellationToken)
            .ConfigureAwait(false);
        return report.Findings.Where(finding => finding.Kind is Discrepancy.Failed)
            .GroupBy(finding => new CommandKey(finding.TransactionId, finding.CreatedAt))
            .ToDictionary(findings => findings.Key, findings => string.Join("; ", findings.Select(finding => finding.Detail)));
    }

    /// <summary>What <see cref="RepairCommandsAsync"/> would say of the commands themselves, without any write.</summary>
    public async Task<IReadOnlyDictionary<CommandKey, string>> ProblemsAsync(
        IReadOnlyCollection<CommandKey> keys, CancellationToken cancellationToken) =>
        (await CommandsAsync(keys, cancellationToken).ConfigureAwait(false))
            .Select(item => (Key: new CommandKey(item[AttributeNames.TransactionId].S, item[AttributeNames.CreatedAt].S),
                Image: CommandImage.Read(CommandItem.Reader(item))))
            .Where(command => command.Image.Record is null)
            .ToDictionary(command => command.Key, command => string.Join("; ", command.Image.Problems));

    private Task<List<Item>> CommandsAsync(IEnumerable<CommandKey> keys, CancellationToken cancellationToken) =>
        ItemBatch.GetAsync(client, tables.CommandRecords, keys.Distinct().Select(KeyOf), cancellationToken);

    private async Task CompareCommandsAsync(List<Item> commands, ReconcileOptions options, ReconcileReport report, CancellationToken cancellationToken)
    {
        var records = ValidRecords(commands);
        var shown = await ShownAsync(records, cancellationToken).ConfigureAwait(false);
        var start = await StreamStartAsync(cancellationToken).ConfigureAwait(false);
        var suspects = records.Where(record => Disagrees(record, shown, start)).ToHashSet();
        if (suspects.Count > 0)
        {
            if (options.Settle > TimeSpan.Zero)
            {
                await Task.Delay(options.Settle, time, cancellationToken).ConfigureAwait(false);
                shown = await ShownAsync(suspects, cancellationToken).ConfigureAwait(false);
                start = await StreamStartAsync(cancellationToken).ConfigureAwait(false);
            }

            // The command is read after what is shown for it, and after its stream was looked up: so it is at least as new as the version
            // seen there, and newer than all earlier streams; only then may a repair have that version. A command that changed since the
            // first look is being projected, and left to that.
            var current = await ItemBatch.GetAsync(client, tables.CommandRecords, suspects.Select(CommandItem.KeyOf), cancellationToken).ConfigureAwait(false);
            suspects.IntersectWith(ValidRecords(current));
            suspects.RemoveWhere(record => !Disagrees(record, shown, start));
        }

        foreach (var record in suspects)
        {
            var seen = shown.GetValueOrDefault(record.Key);
            var kind = seen is null || NotificationItem.IsTombstone(seen) ? Discrepancy.Missing : Discrepancy.Stale;
            report.Add(new(kind, record.TransactionId, record.CreatedAt, kind is Discrepancy.Missing
                ? "the command is not shown"
                : $"shown differs in {string.Join(", ", NotificationItem.Differences(record, seen!, tables.KeySpread, start))}"));
            if (!options.Repair) continue;
            try
            {
                report.AddRepair(await ReplaceAsync(seen, start, version => new ProjectionWrite.Put(record, version), cancellationToken).ConfigureAwait(false));
            }
            catch (AmazonDynamoDBException exception) when (DynamoDBFaults.IsRefusal(exception))
            {
                var item = NotificationItem.Of(new ProjectionWrite.Put(record, default), tables.KeySpread, default);
                await Refusal.ThrowIfTablesFaultAsync(client, tables.NotificationRecords, item, exception, cancellationToken).ConfigureAwait(false);
                report.Add(new(Discrepancy.Failed, record.TransactionId, record.CreatedAt, $"{tables.NotificationRecords} refuses it: {exception.Message}"));
            }
        }

        foreach (var (command, image) in commands.Select(c => (c, CommandImage.Read(CommandItem.Reader(c)))).Where(c => c.Item2.Record is null))
        {
            report.Add(new(
                Discrepancy.Failed, LoneSurrogates.Display(command[AttributeNames.TransactionId].S), LoneSurrogates.Display(command[AttributeNames.CreatedAt].S),
                string.Join("; ", image.Problems)));
        }

        report.AddCommands(commands.Count);
    }

    private static List<CommandRecord> ValidRecords(List<Item> commands) =>
        [.. commands.Select(item => CommandImage.Read(CommandItem.Reader(item)).Record).OfType<CommandRecord>()];

    /// <summary>What stands in the places of some commands, tombstones too.</summary>
    private async Task<Dictionary<NotificationKey, Item>> ShownAsync(IEnumerable<CommandRecord> records, CancellationToken cancellationToken) =>
        (await ItemBatch.GetAsync(client, tables.NotificationRecords, records.Select(r => NotificationItem.KeyOf(r.Key)), cancellationToken).ConfigureAwait(false))
            .ToDictionary(NotificationItem.ReadKey);

    private bool Disagrees(CommandRecord record, Dictionary<NotificationKey, Item> shown, SourceVersion start) =>
        !shown.TryGetValue(record.Key, out var item) || NotificationItem.Differences(record, item, tables.KeySpread, start).Count > 0;

    /// <summary>The version before the first record of the present stream of command-records; the default when there is none.</summary>
    private async Task<SourceVersion> StreamStartAsync(CancellationToken cancellationToken)
    {
        var description = await client.DescribeTableAsync(tables.CommandRecords, cancellationToken).ConfigureAwait(false);
        SourceVersion.TryStartOf(description.Table.LatestStreamArn, out var start);
        return start;
    }

    /// <summary>What is shown for a command, with whichever users; found through the index, read from the table.</summary>
    private async Task<List<Item>> ShownForAsync(CommandKey key, CancellationToken cancellationToken)
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
        }
        while (request.ExclusiveStartKey is { Count: > 0 });

        var items = await ItemBatch.GetAsync(client, tables.NotificationRecords, keys, cancellationToken).ConfigureAwait(false);
        return [.. items.Where(item => !NotificationItem.IsTombstone(item))];
    }

    private async Task FindOrphansAsync(List<Item> notifications, ReconcileOptions options, ReconcileReport report, CancellationToken cancellationToken)
    {
        var start = await StreamStartAsync(cancellationToken).ConfigureAwait(false); // before the commands are read
        var suspects = await WithoutCommandAsync(notifications, cancellationToken).ConfigureAwait(false);
        if (suspects.Count > 0 && options.Settle > TimeSpan.Zero)
        {
            await Task.Delay(options.Settle, time, cancellationToken).ConfigureAwait(false);
            var again = await ItemBatch.GetAsync(
                client, tables.NotificationRecords, suspects.Select(s => NotificationItem.KeyOf(NotificationItem.ReadKey(s))), cancellationToken).ConfigureAwait(false);
            // One that was written in between is being projected: it has had no time of its own to settle.
            var before = suspects.ToDictionary(NotificationItem.ReadKey, NotificationItem.ReadVersion);
            start = await StreamStartAsync(cancellationToken).ConfigureAwait(false);
            suspects = await WithoutCommandAsync(
                [.. again.Where(item => !NotificationItem.IsTombstone(item) && NotificationItem.ReadVersion(item) == before[NotificationItem.ReadKey(item)])],
                cancellationToken).ConfigureAwait(false);
        }

        foreach (var orphan in suspects)
        {
            var key = NotificationItem.ReadKey(orphan);
            var command = CommandKey.Of(key);
            report.Add(new(Discrepancy.Orphaned, command?.TransactionId ?? "", command?.CreatedAt ?? key.SortKey, "shown, but no command has its place here"));
            if (options.Repair)
                report.AddRepair(await ReplaceAsync(orphan, start, version => new ProjectionWrite.Tombstone(key, version, time.GetUtcNow()), cancellationToken).ConfigureAwait(false));
        }

        report.AddNotifications(notifications.Count);
    }

    private async Task<List<Item>> WithoutCommandAsync(List<Item> notifications, CancellationToken cancellationToken)
    {
        var keys = notifications.Select(n => CommandKey.Of(NotificationItem.ReadKey(n))).OfType<CommandKey>().Distinct();
        var commands = await ItemBatch.GetAsync(client, tables.CommandRecords, keys.Select(KeyOf), cancellationToken).ConfigureAwait(false);
        var places = ValidRecords(commands).Select(record => record.Key).ToHashSet();
        return [.. notifications.Where(notification => !places.Contains(NotificationItem.ReadKey(notification)))];
    }

    /// <summary>Writes over what was seen, if it is still there in the version that was seen.</summary>
    private async Task<bool> ReplaceAsync(
        Item? seen, SourceVersion start, Func<SourceVersion, ProjectionWrite> write, CancellationToken cancellationToken)
    {
        SourceVersion known = seen is null ? default : NotificationItem.ReadVersion(seen);
        var version = seen?.GetValueOrDefault(AttributeNames.SourceVersion);
        var request = new PutItemRequest
        {
            TableName = tables.NotificationRecords,
            Item = NotificationItem.Of(write(known.Repaired(start)), tables.KeySpread, time.GetUtcNow()),
            ConditionExpression = version is null ? $"attribute_not_exists({AttributeNames.SourceVersion})" : $"{AttributeNames.SourceVersion} = :seen",
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

    private static Item KeyOf(CommandKey key) => new()
    {
        [AttributeNames.TransactionId] = new(key.TransactionId),
        [AttributeNames.CreatedAt] = new(key.CreatedAt),
    };
}
