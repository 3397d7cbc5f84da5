using System.Collections.Concurrent;
using System.Diagnostics;
using NotifyQuery.Core.Ports;

namespace NotifyQuery.Core.Projection;

/// <summary>
/// Projects a batch of changes. Coalesces them to one write for each item of notification-records, writes different items concurrently, and
/// awaits every result. Bad records and failed writes do not throw: the report lists the changes that failed, so they are delivered again.
/// </summary>
/// <param name="store">The query table.</param>
/// <param name="deadLetters">Stores changes that can never be projected.</param>
/// <param name="time">The clock. It measures the lag, and a stream with a creation time in the future is rejected.</param>
/// <param name="concurrency">The maximum number of concurrent writes.</param>
public sealed class BatchProjector(IProjectionStore store, IDeadLetters deadLetters, TimeProvider time, int concurrency)
{
    // The OpenTelemetry SDK's default limit of links per span.
    private const int MostLinks = 128;

    /// <summary>Projects a batch.</summary>
    /// <param name="changes">The changes in the order of their stream records.</param>
    /// <param name="cancellationToken">Stops the batch early. Changes that are not written by then are reported as failed.</param>
    /// <exception cref="Exception">An adapter threw an unexpected error: the whole batch must be delivered again.</exception>
    public async Task<BatchReport> ProjectAsync(IReadOnlyList<StreamChange> changes, CancellationToken cancellationToken)
    {
        using var activity = StartActivity(changes);
        var plan = BatchPlan.Of(changes, time.GetUtcNow());
        var outcomes = new ConcurrentDictionary<int, ChangeOutcome>();

        await Parallel
            .ForEachAsync(
                plan.Writes,
                new ParallelOptions { MaxDegreeOfParallelism = concurrency },
                async (planned, _) =>
                {
                    var outcome = await WriteAsync(planned, changes, cancellationToken);
                    Note([planned.Changes[^1]], outcome);
                    // The dead letter is for the change of the newest write. The earlier changes are superseded and count as applied.
                    Note(planned.Changes.SkipLast(1), outcome is ChangeOutcome.DeadLetter ? ChangeOutcome.Applied : outcome);
                }
            )
            .ConfigureAwait(false);
        await Parallel
            .ForEachAsync(
                plan.Poison,
                new ParallelOptions { MaxDegreeOfParallelism = concurrency },
                async (poison, _) =>
                    Note(
                        [poison.Change],
                        await StoreDeadLetterAsync(changes[poison.Change], "InvalidCommand", poison.Problems, cancellationToken)
                    )
            )
            .ConfigureAwait(false);

        var report = new BatchReport([.. changes.Select((_, i) => outcomes.GetValueOrDefault(i, ChangeOutcome.Stale))], changes);
        Measure(report, changes);
        Describe(activity, report);
        return report;

        // A change may need several writes. Its outcome is the worst outcome of these writes.
        void Note(IEnumerable<int> parts, ChangeOutcome outcome)
        {
            foreach (var part in parts)
                outcomes.AddOrUpdate(part, outcome, (_, before) => (ChangeOutcome)Math.Max((int)before, (int)outcome));
        }
    }

    private async Task<ChangeOutcome> WriteAsync(
        PlannedWrite planned,
        IReadOnlyList<StreamChange> changes,
        CancellationToken cancellationToken
    )
    {
        var result = await WriteOnceAsync(planned.Write, cancellationToken).ConfigureAwait(false);
        if (result.Outcome is not WriteOutcome.Refused)
            return ToOutcome(result.Outcome);
        if (planned.Write is not ProjectionWrite.Put)
            return ChangeOutcome.Stale; // DynamoDB refuses this key, so no item can have it

        // The new state cannot be stored, so a tombstone must replace the old state.
        var cause = changes[planned.Changes[^1]];
        var cleared = await WriteOnceAsync(
                new ProjectionWrite.Tombstone(planned.Write.Key, planned.Write.Version, cause.CommittedAt),
                cancellationToken
            )
            .ConfigureAwait(false);
        return cleared.Outcome is WriteOutcome.Unavailable
            ? ChangeOutcome.Failed
            : await StoreDeadLetterAsync(cause, "RefusedByTable", [result.Reason ?? "the table refused the item"], cancellationToken)
                .ConfigureAwait(false);
    }

    private async Task<WriteResult> WriteOnceAsync(ProjectionWrite write, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return new(WriteOutcome.Unavailable, "the time limit was reached");
        try
        {
            return await store.WriteAsync(write, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new(WriteOutcome.Unavailable, "the time limit was reached");
        }
    }

    private async Task<ChangeOutcome> StoreDeadLetterAsync(
        StreamChange change,
        string errorType,
        IReadOnlyList<string> problems,
        CancellationToken cancellationToken
    )
    {
        if (cancellationToken.IsCancellationRequested)
            return ChangeOutcome.Failed;
        var letter = new DeadLetter
        {
            EventId = change.EventId,
            CommittedAt = change.CommittedAt,
            SequenceNumber = change.SequenceNumber,
            TransactionId = change.TransactionId,
            CreatedAt = change.CreatedAt,
            Record = change.RawRecord(),
            ErrorType = errorType,
            ErrorMessage = string.Join("; ", problems),
            Attempts = 1,
        };
        try
        {
            var result = await deadLetters.PutAsync(letter, cancellationToken).ConfigureAwait(false);
            return result.Outcome is WriteOutcome.Applied ? ChangeOutcome.DeadLetter : ChangeOutcome.Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ChangeOutcome.Failed;
        }
    }

    private static ChangeOutcome ToOutcome(WriteOutcome outcome) =>
        outcome switch
        {
            WriteOutcome.Applied => ChangeOutcome.Applied,
            WriteOutcome.Stale => ChangeOutcome.Stale,
            _ => ChangeOutcome.Failed,
        };

    /// <summary>One span for the batch, with links to the traces of the command writes: at most <see cref="MostLinks"/>.</summary>
    private static Activity? StartActivity(IReadOnlyList<StreamChange> changes)
    {
        if (!Telemetry.Source.HasListeners())
            return null;
        var writers = new HashSet<ActivityContext>(); // many writes may have the same context
        foreach (var change in changes)
        {
            if (writers.Count == MostLinks)
                break;
            if (ActivityContext.TryParse(change.After?.TraceParent, null, isRemote: true, out var context))
                writers.Add(context);
        }

        var activity = Telemetry.Source.StartActivity(
            ActivityKind.Consumer,
            links: writers.Select(writer => new ActivityLink(writer)),
            name: "project batch"
        );
        activity?.SetTag("messaging.batch.message_count", changes.Count);
        return activity;
    }

    private static void Describe(Activity? activity, BatchReport report)
    {
        if (activity is null)
            return;
        foreach (var outcome in Enum.GetValues<ChangeOutcome>())
            activity.SetTag($"notifyquery.projection.{NameOf(outcome)}", report.Count(outcome));
        if (report.Failed.Count == 0)
            return;
        activity.SetTag("error.type", "not_applied");
        activity.SetStatus(ActivityStatusCode.Error, $"{report.Failed.Count} of {report.Outcomes.Count} records not applied");
    }

    private void Measure(BatchReport report, IReadOnlyList<StreamChange> changes)
    {
        var now = time.GetUtcNow();
        for (var i = 0; i < changes.Count; i++)
        {
            Telemetry.ProjectionRecords.Add(1, new KeyValuePair<string, object?>("outcome", NameOf(report.Outcomes[i])));
            if (report.Outcomes[i] is ChangeOutcome.Applied)
                Telemetry.ProjectionLag.Record(Math.Max(0, (now - changes[i].CommittedAt).TotalSeconds));
        }
    }

    private static string NameOf(ChangeOutcome outcome) =>
        outcome switch
        {
            ChangeOutcome.Applied => "applied",
            ChangeOutcome.DeadLetter => "dead_letter",
            ChangeOutcome.Failed => "failed",
            _ => "stale",
        };
}

/// <summary>The outcome of one change of a batch, ordered from best to worst.</summary>
public enum ChangeOutcome
{
    /// <summary>notification-records already has this version or a newer one, or the change requires no write.</summary>
    Stale,

    /// <summary>notification-records has the change (or a newer change of the same batch, if they were coalesced).</summary>
    Applied,

    /// <summary>The change can never be projected. It is stored in projection-failures.</summary>
    DeadLetter,

    /// <summary>It is not certain that the change was applied. It must be delivered again.</summary>
    Failed,
}

/// <summary>The result of a batch.</summary>
public sealed class BatchReport
{
    internal BatchReport(IReadOnlyList<ChangeOutcome> outcomes, IReadOnlyList<StreamChange> changes)
    {
        Outcomes = outcomes;
        Failed = [.. outcomes.Index().Where(o => o.Item is ChangeOutcome.Failed).Select(o => changes[o.Index].SequenceNumber)];
    }

    /// <summary>The outcome of each change, in batch order.</summary>
    public IReadOnlyList<ChangeOutcome> Outcomes { get; }

    /// <summary>The sequence numbers of the changes that must be delivered again, in batch order.</summary>
    public IReadOnlyList<string> Failed { get; }

    /// <summary>The number of changes with an outcome.</summary>
    public int Count(ChangeOutcome outcome) => Outcomes.Count(o => o == outcome);
}
