using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.Operations.Reconciliation;

/// <summary>Finds and removes visible notifications whose key does not belong to a command.</summary>
/// <param name="projected">The two tables.</param>
/// <param name="time">The clock.</param>
internal sealed class OrphanedNotifications(ProjectedTables projected, TimeProvider time)
{
    /// <summary>Compares a page of the query table with the commands. On request, removes the notifications that have no command.</summary>
    /// <param name="notifications">The page, without tombstones.</param>
    /// <param name="options">The options.</param>
    /// <param name="report">Filled while it runs.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    public async Task CompareAsync(
        List<Item> notifications,
        ReconcileOptions options,
        ReconcileReport report,
        CancellationToken cancellationToken
    )
    {
        var start = await projected.StreamStartAsync(cancellationToken).ConfigureAwait(false); // must precede reading the commands
        var suspects = await WithoutCommandAsync(notifications, cancellationToken).ConfigureAwait(false);
        if (suspects.Count > 0 && options.Settle > TimeSpan.Zero)
        {
            await Task.Delay(options.Settle, time, cancellationToken).ConfigureAwait(false);
            var again = await projected.ShownAsync(suspects.Select(NotificationItem.ReadKey), cancellationToken).ConfigureAwait(false);
            // An item that was written in between is being projected, and has not had the full settle time.
            var before = suspects.ToDictionary(NotificationItem.ReadKey, NotificationItem.ReadVersion);
            start = await projected.StreamStartAsync(cancellationToken).ConfigureAwait(false);
            suspects = await WithoutCommandAsync(
                    [
                        .. again.Where(item =>
                            !NotificationItem.IsTombstone(item)
                            && NotificationItem.ReadVersion(item) == before[NotificationItem.ReadKey(item)]
                        ),
                    ],
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        foreach (var orphan in suspects)
        {
            var key = NotificationItem.ReadKey(orphan);
            var command = CommandKey.Of(key);
            report.Add(
                new(
                    Discrepancy.Orphaned,
                    command?.TransactionId ?? "",
                    command?.CreatedAt ?? key.SortKey,
                    "no command belongs to this notification"
                )
            );
            if (!options.Repair)
                continue;
            report.AddRepair(
                await projected
                    .ReplaceAsync(
                        orphan,
                        start,
                        version => new ProjectionWrite.Tombstone(key, version, time.GetUtcNow()),
                        cancellationToken
                    )
                    .ConfigureAwait(false)
            );
        }

        report.AddNotifications(notifications.Count);
    }

    private async Task<List<Item>> WithoutCommandAsync(List<Item> notifications, CancellationToken cancellationToken)
    {
        var keys = notifications.Select(n => CommandKey.Of(NotificationItem.ReadKey(n))).OfType<CommandKey>().Distinct();
        var commands = await projected.CommandsAsync(keys, cancellationToken).ConfigureAwait(false);
        var places = CommandItem.ValidRecords(commands).Select(record => record.Key).ToHashSet();
        return [.. notifications.Where(notification => !places.Contains(NotificationItem.ReadKey(notification)))];
    }
}
