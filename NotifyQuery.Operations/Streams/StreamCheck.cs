using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.Operations.Streams;

/// <summary>
/// Checks that changes pass through the stream: writes a marked record to command-records and polls notification-records until each change
/// is visible. The record is removed at the end in any case. Its two tombstones stay for 25 hours, as after every removal.
/// </summary>
public sealed class StreamCheck(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    /// <summary>The last reported step: the removal of the record. It is reported whenever the record was written.</summary>
    public const string CleanUp = "clean-up";

    /// <summary>How long the clean-up may take, even after Ctrl-C.</summary>
    public static readonly TimeSpan CleanUpLimit = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5); // between two polls
    private readonly DynamoDBNotificationReader reader = new(client, tables);

    /// <summary>Runs the check.</summary>
    /// <param name="within">How long each change may take to become visible.</param>
    /// <param name="progress">Receives each step, and the clean-up.</param>
    /// <param name="cancellationToken">Stops the check; the record is still removed.</param>
    public async Task<StreamCheckResult> RunAsync(
        TimeSpan within,
        IProgress<StreamCheckStep>? progress,
        CancellationToken cancellationToken
    )
    {
        var (commandCount, notificationCount) = (
            await client.CountAsync(tables.CommandRecords, cancellationToken).ConfigureAwait(false),
            await client.CountAsync(tables.NotificationRecords, cancellationToken).ConfigureAwait(false)
        );
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
            var arrived = await StepAsync(
                    "insert",
                    () => commands.PutAsync(marked, cancellationToken),
                    () => LookAsync(marked.Key, item => item is not null)
                )
                .ConfigureAwait(false);
            if (arrived is not null)
            {
                fields = Compare(marked, arrived);
                if (fields.FirstOrDefault(field => !field.Agrees) is { } wrong)
                    steps[^1] = steps[^1] with
                    {
                        Passed = false,
                        Detail = $"{wrong.Name} is '{wrong.Arrived}' instead of '{wrong.Expected}'",
                    };
            }

            var sent = marked with { Status = NotificationStatus.Sent };
            await NextAsync(
                    "status change",
                    () => commands.PutAsync(sent, cancellationToken),
                    () => LookAsync(sent.Key, item => Shows(sent, item))
                )
                .ConfigureAwait(false);
            var moved = sent with { UserId = "stream-check-moved" };
            await NextAsync(
                    "move",
                    () => commands.PutAsync(moved, cancellationToken),
                    () => LookAsync(moved.Key, item => Shows(moved, item))
                )
                .ConfigureAwait(false);
            await NextAsync("move, old place", () => Task.CompletedTask, () => LookAsync(sent.Key, IsGone)).ConfigureAwait(false);
            await NextAsync("removal", () => commands.RemoveAsync(moved, cancellationToken), () => LookAsync(moved.Key, IsGone))
                .ConfigureAwait(false);
            await NextAsync("removal, in queries", () => Task.CompletedTask, () => LookInQueriesAsync(moved, cancellationToken))
                .ConfigureAwait(false);
        }
        finally
        {
            var cleanUp = await CleanUpAsync(commands, marked).ConfigureAwait(false);
            if (!cleanUp.Passed)
                steps.Add(cleanUp);
            progress?.Report(cleanUp);
        }

        return new(
            steps.TrueForAll(step => step.Passed),
            commandCount,
            notificationCount,
            TableCounts.HowCounted,
            marked.TransactionId,
            fields,
            steps
        );

        async Task NextAsync(string name, Func<Task> change, Func<Task<Item?>> look)
        {
            if (steps.TrueForAll(step => step.Passed))
                await StepAsync(name, change, look).ConfigureAwait(false);
        }

        // Makes the change and polls until it is visible. Returns the visible item.
        async Task<Item?> StepAsync(string name, Func<Task> change, Func<Task<Item?>> look)
        {
            await change().ConfigureAwait(false);
            var written = time.GetTimestamp();
            var seen = await look().ConfigureAwait(false);
            while (seen is null && time.GetElapsedTime(written) < within)
            {
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
                seen = await look().ConfigureAwait(false);
            }

            var elapsed = time.GetElapsedTime(written).TotalMilliseconds;
            steps.Add(
                seen is not null
                    ? new(name, true, elapsed, string.Create(CultureInfo.InvariantCulture, $"seen after {elapsed:F0} ms"))
                    : new(
                        name,
                        false,
                        null,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"not seen within {within.TotalSeconds:0.###} s: is the event source running? Run 'inspect' and 'failures list'"
                        )
                    )
            );
            progress?.Report(steps[^1]);
            return seen;
        }

        async Task<Item?> LookAsync(NotificationKey key, Func<Item?, bool> isSeen)
        {
            var response = await client
                .GetItemAsync(tables.NotificationRecords, NotificationItem.KeyOf(key), true, cancellationToken)
                .ConfigureAwait(false);
            var item = response.Item is { Count: > 0 } found ? found : null;
            return isSeen(item) ? item : null;
        }
    }

    /// <summary>
    /// Removes the record, also after Ctrl-C, so with its own time limit. A failure is reported, and does not hide earlier errors.
    /// </summary>
    private async Task<StreamCheckStep> CleanUpAsync(DynamoDBCommandRecords commands, CommandRecord marked)
    {
        var started = time.GetTimestamp();
        using var limit = new CancellationTokenSource(CleanUpLimit, time);
        try
        {
            await commands.RemoveAsync(marked, limit.Token).ConfigureAwait(false);
            return new(CleanUp, true, time.GetElapsedTime(started).TotalMilliseconds, "the marked record is removed");
        }
        catch (Exception exception)
            when (exception is AmazonServiceException or AmazonClientException or HttpRequestException or OperationCanceledException)
        {
            var why =
                exception is OperationCanceledException
                    ? $"no response within {CleanUpLimit.TotalSeconds} s"
                    : exception.GetBaseException().Message.TrimEnd('.');
            return new(
                CleanUp,
                false,
                null,
                $"the marked record (transaction_id {marked.TransactionId}, created_at {marked.CreatedAt}) may be left in "
                    + $"{tables.CommandRecords}, delete it there: {why}"
            );
        }
    }

    /// <summary>
    /// Reads as the QueryResult function does, from the table and its indexes. Null as long as one of the responses still has the record.
    /// </summary>
    private async Task<Item?> LookInQueriesAsync(CommandRecord removed, CancellationToken cancellationToken)
    {
        var attributes = CommandItem.Of(removed);
        foreach (var definition in QueryDefinition.All.Where(definition => definition.Window is not { IsRequired: true }))
        {
            var page = await reader
                .ReadAsync(
                    new()
                    {
                        By = definition.Kind,
                        Value = attributes[definition.Subject].S,
                        From = removed.CreatedAt,
                        Limit = 100,
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
            if (page.Items.Any(item => item.TransactionId == removed.TransactionId))
                return null;
        }

        return [];
    }

    private bool Shows(CommandRecord record, Item? item) =>
        item is not null && NotificationItem.Differences(record, item, tables.KeySpread).Count == 0;

    // A tombstone, as readers see it. No item at all means that the change has not arrived yet.
    private static bool IsGone(Item? item) => item is not null && NotificationItem.IsTombstone(item);

    private List<FieldCheck> Compare(CommandRecord record, Item item)
    {
        var differences = NotificationItem.Differences(record, item, tables.KeySpread);
        var expected = NotificationItem.Of(new ProjectionWrite.Put(record, NotificationItem.ReadVersion(item)), tables.KeySpread, default);
        return
        [
            .. expected
                .Keys.Union(item.Keys)
                .Select(name =>
                {
                    var arrived = item.GetValueOrDefault(name)?.S;
                    return name is AttributeNames.SourceVersion or AttributeNames.ProjectedAt
                        ? new FieldCheck(name, null, arrived, arrived is not null)
                        : new FieldCheck(name, expected.GetValueOrDefault(name)?.S, arrived, !differences.Contains(name));
                }),
        ];
    }
}
