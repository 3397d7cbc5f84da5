using Amazon.DynamoDBv2;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Http;
using NotifyQuery.DynamoDB.Tables;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.Operations.Reconciliation;

/// <summary>
/// Checks that the two tables agree, and makes them agree. Both are scanned page by page. Items that disagree are read again after a while,
/// because their projection may be in progress.
/// <para>
/// A repair never overwrites newer data: it is written only if the item still has the version that was read. If that version belongs to the
/// current stream of command-records, the repaired item gets the same version. Otherwise it gets the version before the stream's first
/// record. Therefore every change that the stream still holds overwrites the repaired item. The final state is still right, because a
/// stream holds all changes of an item of the last 24 hours: if it holds an older change, it also holds the last one. Changes of earlier
/// streams do not overwrite the repaired item: the command's current state is newer than all of them.
/// </para>
/// </summary>
/// <param name="client">The engine.</param>
/// <param name="tables">The tables' names.</param>
/// <param name="time">The clock.</param>
public sealed class Reconciler(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    private readonly ProjectedTables projected = new(client, tables, time);

    private OrphanedNotifications Orphaned => new(projected, time);

    /// <summary>Compares the tables in both directions. Repairs disagreements on request.</summary>
    /// <param name="options">The options.</param>
    /// <param name="report">Filled while it runs.</param>
    /// <param name="cancellationToken">Stops between two pages.</param>
    /// <exception cref="OtherKeysException">The query table has other keys than configured.</exception>
    public async Task ReconcileAsync(ReconcileOptions options, ReconcileReport report, CancellationToken cancellationToken)
    {
        await QueryTableKeyCheck.RequireAsync(client, tables, cancellationToken).ConfigureAwait(false);
        await projected
            .ScanCommandsAsync(
                options.UserId,
                options.Segments,
                (page, stop) => CompareCommandsAsync(page, options, report, stop),
                cancellationToken
            )
            .ConfigureAwait(false);
        await projected
            .ScanNotificationsAsync(
                options.UserId,
                options.Segments,
                (page, stop) => Orphaned.CompareAsync(page, options, report, stop),
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Projects all of command-records, with the result of a stream without a gap. Continues where an earlier rebuild stopped, unless
    /// <paramref name="restart"/> is set.
    /// </summary>
    /// <exception cref="OtherKeysException">The query table has other keys than configured.</exception>
    public async Task RebuildAsync(int segments, bool restart, ReconcileReport report, CancellationToken cancellationToken)
    {
        await QueryTableKeyCheck.RequireAsync(client, tables, cancellationToken).ConfigureAwait(false);
        var options = new ReconcileOptions
        {
            Repair = true,
            Settle = TimeSpan.Zero,
            Segments = segments,
        };
        await projected
            .ResumeCommandsAsync(segments, restart, (page, stop) => CompareCommandsAsync(page, options, report, stop), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Brings the notifications of some commands to the commands' current state. Removes notifications under former keys, for example those
    /// of the previous user after a move, and notifications whose command no longer exists.
    /// </summary>
    /// <param name="keys">The commands, at most <see cref="ReconcileReport.FindingsKept"/>.</param>
    /// <param name="report">Filled while it runs. Pass a new report for each call.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    /// <returns>The reason for each command whose current state cannot be projected.</returns>
    public async Task<IReadOnlyDictionary<CommandKey, string>> RepairCommandsAsync(
        IReadOnlyCollection<CommandKey> keys,
        ReconcileReport report,
        CancellationToken cancellationToken
    )
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys.Count, ReconcileReport.FindingsKept);
        var options = new ReconcileOptions { Repair = true, Settle = TimeSpan.Zero };
        var shown = new List<Item>();
        foreach (var key in keys.Distinct())
            shown.AddRange(await projected.ShownForAsync(key, cancellationToken).ConfigureAwait(false));
        await Orphaned.CompareAsync(shown, options, report, cancellationToken).ConfigureAwait(false);
        await CompareCommandsAsync(
                await projected.CommandsAsync(keys, cancellationToken).ConfigureAwait(false),
                options,
                report,
                cancellationToken
            )
            .ConfigureAwait(false);
        return report
            .Findings.Where(finding => finding.Kind is Discrepancy.Failed)
            .GroupBy(finding => new CommandKey(finding.TransactionId, finding.CreatedAt))
            .ToDictionary(findings => findings.Key, findings => string.Join("; ", findings.Select(finding => finding.Detail)));
    }

    /// <summary>The reasons that <see cref="RepairCommandsAsync"/> would return for the commands themselves, without any write.</summary>
    public async Task<IReadOnlyDictionary<CommandKey, string>> ProblemsAsync(
        IReadOnlyCollection<CommandKey> keys,
        CancellationToken cancellationToken
    ) =>
        (await projected.CommandsAsync(keys, cancellationToken).ConfigureAwait(false))
            .Select(item => (Key: CommandItem.ReadKey(item), Image: CommandImage.Read(CommandItem.Reader(item))))
            .Where(command => command.Image.Record is null)
            .ToDictionary(command => command.Key, command => string.Join("; ", command.Image.Problems));

    private async Task CompareCommandsAsync(
        List<Item> commands,
        ReconcileOptions options,
        ReconcileReport report,
        CancellationToken cancellationToken
    )
    {
        var records = CommandItem.ValidRecords(commands);
        var shown = await ShownAsync(records, cancellationToken).ConfigureAwait(false);
        var start = await projected.StreamStartAsync(cancellationToken).ConfigureAwait(false);
        var suspects = records.Where(record => Disagrees(record, shown, start)).ToHashSet();
        if (suspects.Count > 0)
        {
            if (options.Settle > TimeSpan.Zero)
            {
                await Task.Delay(options.Settle, time, cancellationToken).ConfigureAwait(false);
                shown = await ShownAsync(suspects, cancellationToken).ConfigureAwait(false);
                start = await projected.StreamStartAsync(cancellationToken).ConfigureAwait(false);
            }

            // The command is read after the visible item and after the start of the stream. So the command is at least as new as the
            // version of that item, and newer than all earlier streams. Only then may the repair use that version. A command that changed
            // since the first read is left to the projection.
            var current = await projected
                .CommandsAsync(suspects.Select(record => new CommandKey(record.TransactionId, record.CreatedAt)), cancellationToken)
                .ConfigureAwait(false);
            suspects.IntersectWith(CommandItem.ValidRecords(current));
            suspects.RemoveWhere(record => !Disagrees(record, shown, start));
        }

        foreach (var record in suspects)
        {
            var seen = shown.GetValueOrDefault(record.Key);
            var kind = seen is null || NotificationItem.IsTombstone(seen) ? Discrepancy.Missing : Discrepancy.Stale;
            report.Add(
                new(
                    kind,
                    record.TransactionId,
                    record.CreatedAt,
                    kind is Discrepancy.Missing
                        ? "the command has no notification"
                        : $"differs in {string.Join(", ", NotificationItem.Differences(record, seen!, tables.KeySpread, start))}"
                )
            );
            if (!options.Repair)
                continue;
            try
            {
                report.AddRepair(
                    await projected
                        .ReplaceAsync(seen, start, version => new ProjectionWrite.Put(record, version), cancellationToken)
                        .ConfigureAwait(false)
                );
            }
            catch (AmazonDynamoDBException exception) when (DynamoDBFaults.IsRefusal(exception))
            {
                await projected.ThrowIfTablesFaultAsync(record, exception, cancellationToken).ConfigureAwait(false);
                report.Add(
                    new(
                        Discrepancy.Failed,
                        record.TransactionId,
                        record.CreatedAt,
                        $"{tables.NotificationRecords} refuses it: {exception.Message}"
                    )
                );
            }
        }

        foreach (
            var (command, image) in commands.Select(c => (c, CommandImage.Read(CommandItem.Reader(c)))).Where(c => c.Item2.Record is null)
        )
        {
            report.Add(
                new(
                    Discrepancy.Failed,
                    LoneSurrogates.Display(command[AttributeNames.TransactionId].S),
                    LoneSurrogates.Display(command[AttributeNames.CreatedAt].S),
                    string.Join("; ", image.Problems)
                )
            );
        }

        report.AddCommands(commands.Count);
    }

    /// <summary>The items under the keys of some commands, including tombstones.</summary>
    private async Task<Dictionary<NotificationKey, Item>> ShownAsync(
        IEnumerable<CommandRecord> records,
        CancellationToken cancellationToken
    ) =>
        (await projected.ShownAsync(records.Select(record => record.Key), cancellationToken).ConfigureAwait(false)).ToDictionary(
            NotificationItem.ReadKey
        );

    private bool Disagrees(CommandRecord record, Dictionary<NotificationKey, Item> shown, SourceVersion start) =>
        !shown.TryGetValue(record.Key, out var item) || NotificationItem.Differences(record, item, tables.KeySpread, start).Count > 0;
}
