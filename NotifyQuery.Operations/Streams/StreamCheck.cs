using System.Globalization;
using Amazon.DynamoDBv2;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.Operations.Streams;

/// <summary>
/// Proves that changes go through the stream: writes a marked record to command-records and watches notification-records until each
/// change is there. The record is removed at the end, whatever happened; its two tombstones stay for 25 hours, as for every removal.
/// </summary>
public sealed class StreamCheck(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5); // between two looks
    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromSeconds(5);

    /// <summary>Makes the check.</summary>
    /// <param name="within">How long each change may take to be seen.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellationToken">Stops the check; the record is removed all the same.</param>
    public async Task<StreamCheckResult> RunAsync(TimeSpan within, IProgress<StreamCheckStep>? progress, CancellationToken cancellationToken)
    {
        var (commandCount, notificationCount) = (
            await client.CountAsync(tables.CommandRecords, cancellationToken).ConfigureAwait(false),
            await client.CountAsync(tables.NotificationRecords, cancellationToken).ConfigureAwait(false));
        var now = time.GetUtcNow();
        var marked = new CommandRecord
        {
            TransactionId = $"stream-check-{Guid.NewGuid():N}",
            CreatedAt = Timestamp.Format(now),
            UserId = "stream-check",
            Channel = Channel.InApp,
            Status = NotificationStatus.Pending,
            CampaignId = "stream-check",
            Title = "Stream check",
            Body = "Written by the stream check; it removes this record at its end.",
            ErrorMessage = "none",
            UpdatedAt = Timestamp.Format(now),
        };
        var commands = new DynamoDBCommandRecords(client, tables);
        var steps = new List<StreamCheckStep>();
        IReadOnlyList<FieldCheck> fields = [];
        try
        {
            var item = await StepAsync("insert", () => commands.PutAsync(marked, cancellationToken), marked.Key, item => item is not null).ConfigureAwait(false);
            if (item is not null)
            {
                fields = Compare(marked, item);
                if (fields.FirstOrDefault(field => !field.Agrees) is { } wrong)
                    Replace(steps[^1] with { Passed = false, Detail = $"{wrong.Name} is '{wrong.Arrived}' instead of '{wrong.Expected}'" });
            }

            var sent = marked with { Status = NotificationStatus.Sent };
            await NextAsync("status change", () => commands.PutAsync(sent, cancellationToken), sent.Key, item => Shows(sent, item)).ConfigureAwait(false);
            var moved = sent with { UserId = "stream-check-moved" };
            await NextAsync("move", () => commands.PutAsync(moved, cancellationToken), moved.Key, item => Shows(moved, item)).ConfigureAwait(false);
            await NextAsync("move, old place", () => Task.CompletedTask, sent.Key, IsGone).ConfigureAwait(false);
            await NextAsync("removal", () => commands.RemoveAsync(moved, cancellationToken), moved.Key, IsGone).ConfigureAwait(false);
        }
        finally
        {
            // Also after Ctrl-C, hence by a limit of its own.
            using var limit = new CancellationTokenSource(CleanUpLimit, time);
            await commands.RemoveAsync(marked, limit.Token).ConfigureAwait(false);
        }

        return new(steps.TrueForAll(step => step.Passed), commandCount, notificationCount, marked.TransactionId, fields, steps);

        async Task NextAsync(string name, Func<Task> change, NotificationKey key, Func<Item?, bool> isSeen)
        {
            if (steps.TrueForAll(step => step.Passed)) await StepAsync(name, change, key, isSeen).ConfigureAwait(false);
        }

        async Task<Item?> StepAsync(string name, Func<Task> change, NotificationKey key, Func<Item?, bool> isSeen)
        {
            await change().ConfigureAwait(false);
            var written = time.GetTimestamp();
            var item = await WatchAsync(key, isSeen, written, within, cancellationToken).ConfigureAwait(false);
            var elapsed = time.GetElapsedTime(written).TotalMilliseconds;
            var seen = isSeen(item);
            steps.Add(seen
                ? new(name, true, elapsed, string.Create(CultureInfo.InvariantCulture, $"seen after {elapsed:F0} ms"))
                : new(name, false, null, string.Create(CultureInfo.InvariantCulture,
                    $"not seen within {within.TotalSeconds:0.###} s: is the event source running? Look at 'inspect' and 'failures list'")));
            progress?.Report(steps[^1]);
            return seen ? item : null;
        }

        void Replace(StreamCheckStep step)
        {
            steps[^1] = step;
            progress?.Report(step);
        }
    }

    private async Task<Item?> WatchAsync(NotificationKey key, Func<Item?, bool> isSeen, long since, TimeSpan within, CancellationToken cancellationToken)
    {
        while (true)
        {
            var response = await client.GetItemAsync(tables.NotificationRecords, NotificationItem.KeyOf(key), true, cancellationToken).ConfigureAwait(false);
            var item = response.Item is { Count: > 0 } found ? found : null;
            if (isSeen(item) || time.GetElapsedTime(since) >= within) return item;
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool Shows(CommandRecord record, Item? item) => item is not null && NotificationItem.Differences(record, item).Count == 0;

    // A tombstone, as the reader takes it; nothing at all is not gone but not yet there.
    private static bool IsGone(Item? item) => item is not null && NotificationItem.IsTombstone(item);

    private static List<FieldCheck> Compare(CommandRecord record, Item item)
    {
        var differences = NotificationItem.Differences(record, item);
        var expected = NotificationItem.Of(new ProjectionWrite.Put(record, NotificationItem.ReadVersion(item)), default);
        return
        [
            .. expected.Keys.Union(item.Keys).Select(name =>
            {
                var arrived = item.GetValueOrDefault(name)?.S;
                return name is AttributeNames.SourceVersion or AttributeNames.ProjectedAt
                    ? new FieldCheck(name, null, arrived, arrived is not null)
                    : new FieldCheck(name, expected.GetValueOrDefault(name)?.S, arrived, !differences.Contains(name));
            }),
        ];
    }
}
