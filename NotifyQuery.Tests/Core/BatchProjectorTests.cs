using System.Diagnostics;
using System.Diagnostics.Metrics;
using NotifyQuery.Core;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Core;

public sealed class BatchProjectorTests
{
    private static readonly WriteResult Applied = new(WriteOutcome.Applied);
    private static readonly WriteResult Unavailable = new(WriteOutcome.Unavailable, "throttled");
    private static readonly WriteResult Refused = new(WriteOutcome.Refused, "item too large");

    private readonly InMemoryProjectionStore store = new();
    private readonly InMemoryDeadLetters deadLetters = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_that_is_applied_reports_no_failure()
    {
        var report = await Projector(store).ProjectAsync([Change.Insert(1, Command(1)), Change.Insert(2, Command(2))], Token);

        Assert.Equal([ChangeOutcome.Applied, ChangeOutcome.Applied], report.Outcomes);
        Assert.Empty(report.Failed);
        Assert.Equal(2, store.Visible.Count);
    }

    [Fact]
    public async Task A_batch_that_was_applied_before_is_stale_and_changes_nothing()
    {
        StreamChange[] batch = [Change.Insert(1, Command(1)), Change.Modify(2, Command(1), Command(1).With(AttributeNames.Status, "SENT"))];
        await Projector(store).ProjectAsync(batch, Token);

        var again = await Projector(store).ProjectAsync(batch, Token);
        var prefix = await Projector(store).ProjectAsync(batch[..1], Token);

        Assert.Equal([ChangeOutcome.Stale, ChangeOutcome.Stale], again.Outcomes);
        Assert.Equal([ChangeOutcome.Stale], prefix.Outcomes);
        Assert.Equal(NotificationStatus.Sent, Assert.Single(store.Visible).Status);
    }

    [Fact]
    public async Task Writes_of_one_trace_are_one_link()
    {
        var projected = new List<Activity>();
        var run = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                // Other tests project at the same time.
                if (activity.Links.Any(link => link.Context.TraceId == run.TraceId))
                    projected.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);

        await Projector(store)
            .ProjectAsync(
                [
                    .. Enumerable
                        .Range(1, 3)
                        .Select(i => Change.Insert(i, Command(i).With(AttributeNames.TraceParent, $"00-{run.TraceId}-{run.SpanId}-01"))),
                ],
                Token
            );

        Assert.Equal(run.SpanId, Assert.Single(Assert.Single(projected).Links).Context.SpanId);
    }

    [Fact]
    public async Task A_poisoned_change_becomes_a_dead_letter_and_does_not_hold_up_the_others()
    {
        var poisoned = Change.Insert(1, Command(1).Without(AttributeNames.UserId));

        var report = await Projector(store).ProjectAsync([poisoned, Change.Insert(2, Command(2))], Token);

        Assert.Equal([ChangeOutcome.DeadLetter, ChangeOutcome.Applied], report.Outcomes);
        Assert.Empty(report.Failed);
        var letter = Assert.Single(deadLetters.Letters);
        Assert.Equal(
            new DeadLetter
            {
                EventId = "event-1",
                CommittedAt = Change.FirstCommit.AddMilliseconds(1),
                SequenceNumber = Change.SequenceNumber(1),
                TransactionId = "tx-1",
                CreatedAt = "2026-11-22T08:15:30.123Z",
                Record = poisoned.RawRecord(),
                ErrorType = "InvalidCommand",
                ErrorMessage = "user_id is missing",
                Attempts = 1,
            },
            letter
        );
    }

    [Fact]
    public async Task A_poisoned_change_is_delivered_again_when_its_old_place_could_not_be_cleared()
    {
        var projector = Projector(new ScriptedStore((_, _) => Task.FromResult(Unavailable)));

        var report = await projector.ProjectAsync([Change.Modify(1, Command(1), Command(1).With(AttributeNames.Channel, "fax"))], Token);

        Assert.Equal([ChangeOutcome.Failed], report.Outcomes);
    }

    [Fact]
    public async Task A_poisoned_change_is_delivered_again_when_its_dead_letter_could_not_be_kept()
    {
        var projector = new BatchProjector(store, new ScriptedDeadLetters((_, _) => Task.FromResult(Unavailable)), TimeProvider.System, 4);

        var report = await projector.ProjectAsync([Change.Insert(1, Command(1).Without(AttributeNames.UserId))], Token);

        Assert.Equal([Change.SequenceNumber(1)], report.Failed);
    }

    [Fact]
    public async Task Writes_that_the_engine_did_not_take_are_named_lowest_first()
    {
        var projector = Projector(
            new ScriptedStore(
                (write, _) => Task.FromResult(write.Key.SortKey.EndsWith('2') || write.Key.SortKey.EndsWith('4') ? Unavailable : Applied)
            )
        );

        var report = await projector.ProjectAsync([.. Enumerable.Range(1, 5).Select(i => Change.Insert(i, Command(i)))], Token);

        Assert.Equal(
            [ChangeOutcome.Applied, ChangeOutcome.Failed, ChangeOutcome.Applied, ChangeOutcome.Failed, ChangeOutcome.Applied],
            report.Outcomes
        );
        Assert.Equal([Change.SequenceNumber(2), Change.SequenceNumber(4)], report.Failed);
        Assert.Equal(2, report.Count(ChangeOutcome.Failed));
    }

    [Fact]
    public async Task Every_change_that_a_failed_write_stands_for_is_named()
    {
        var sent = Command(1).With(AttributeNames.Status, "SENT");
        var projector = Projector(
            new ScriptedStore((write, _) => Task.FromResult(write.Key.SortKey.EndsWith('1') ? Unavailable : Applied))
        );

        var report = await projector.ProjectAsync(
            [Change.Insert(1, Command(1)), Change.Insert(2, Command(2)), Change.Modify(3, Command(1), sent)],
            Token
        );

        Assert.Equal([Change.SequenceNumber(1), Change.SequenceNumber(3)], report.Failed);
    }

    [Fact]
    public async Task A_move_is_applied_only_when_both_its_places_are()
    {
        var moved = Command(1).With(AttributeNames.UserId, "bob");
        var projector = Projector(
            new ScriptedStore((write, _) => Task.FromResult(write is ProjectionWrite.Tombstone ? Unavailable : Applied))
        );

        var report = await projector.ProjectAsync([Change.Modify(1, Command(1), moved)], Token);

        Assert.Equal([Change.SequenceNumber(1)], report.Failed);
    }

    [Fact]
    public async Task A_notification_that_the_table_refuses_is_cleared_and_becomes_a_dead_letter()
    {
        await Projector(store).ProjectAsync([Change.Insert(1, Command(1))], Token);
        var sent = Command(1).With(AttributeNames.Status, "SENT");

        var report = await Projector(RefusingPuts()).ProjectAsync([Change.Modify(2, Command(1), sent)], Token);

        Assert.Equal([ChangeOutcome.DeadLetter], report.Outcomes);
        Assert.Equal(
            new ProjectionWrite.Tombstone(sent.Image().Record!.Key, Change.Version(2), Change.FirstCommit.AddMilliseconds(2)),
            store.Find(sent.Image().Record!.Key)
        );
        var letter = Assert.Single(deadLetters.Letters);
        Assert.Equal(("event-2", "RefusedByTable", "item too large"), (letter.EventId, letter.ErrorType, letter.ErrorMessage));
    }

    [Fact]
    public async Task Of_coalesced_changes_only_the_refused_one_is_a_dead_letter()
    {
        var sent = Command(1).With(AttributeNames.Status, "SENT");

        var report = await Projector(RefusingPuts())
            .ProjectAsync([Change.Insert(1, Command(1)), Change.Modify(2, Command(1), sent)], Token);

        Assert.Equal([ChangeOutcome.Applied, ChangeOutcome.DeadLetter], report.Outcomes);
        Assert.Equal("event-2", Assert.Single(deadLetters.Letters).EventId);
    }

    [Fact]
    public async Task A_refused_notification_whose_place_could_not_be_cleared_is_delivered_again_without_a_dead_letter()
    {
        var projector = Projector(new ScriptedStore((write, _) => Task.FromResult(write is ProjectionWrite.Put ? Refused : Unavailable)));

        var report = await projector.ProjectAsync([Change.Insert(1, Command(1))], Token);

        Assert.Equal([ChangeOutcome.Failed], report.Outcomes);
        Assert.Empty(deadLetters.Letters);
    }

    [Fact]
    public async Task A_tombstone_at_a_place_that_the_table_refuses_has_nothing_to_clear()
    {
        var projector = Projector(new ScriptedStore((_, _) => Task.FromResult(Refused)));

        var report = await projector.ProjectAsync([Change.Remove(1, Command(1))], Token);

        Assert.Equal([ChangeOutcome.Stale], report.Outcomes);
        Assert.Empty(deadLetters.Letters);
    }

    [Fact]
    public async Task At_the_deadline_the_rest_is_reported_and_not_started()
    {
        using var deadline = new CancellationTokenSource();
        var started = 0;
        var projector = Projector(
            new ScriptedStore(
                async (_, _) =>
                {
                    if (++started == 3)
                        await deadline.CancelAsync();
                    return Applied;
                }
            ),
            concurrency: 1
        );

        var report = await projector.ProjectAsync(
            [
                .. Enumerable.Range(1, 5).Select(i => Change.Insert(i, Command(i))),
                Change.Insert(6, Command(6).Without(AttributeNames.UserId)),
            ],
            deadline.Token
        );

        Assert.Equal(3, started);
        Assert.Equal([Change.SequenceNumber(4), Change.SequenceNumber(5), Change.SequenceNumber(6)], report.Failed);
        Assert.Empty(deadLetters.Letters);
    }

    [Fact]
    public async Task A_write_that_the_deadline_interrupts_is_reported()
    {
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var interruptedStore = Projector(new ScriptedStore((_, token) => InterruptAsync(first, token)));
        var interruptedLetters = new BatchProjector(
            store,
            new ScriptedDeadLetters((_, token) => InterruptAsync(second, token)),
            TimeProvider.System,
            4
        );

        var write = await interruptedStore.ProjectAsync([Change.Insert(1, Command(1))], first.Token);
        var letter = await interruptedLetters.ProjectAsync([Change.Insert(2, Command(2).Without(AttributeNames.UserId))], second.Token);

        Assert.Equal([Change.SequenceNumber(1)], write.Failed);
        Assert.Equal([Change.SequenceNumber(2)], letter.Failed);

        static async Task<WriteResult> InterruptAsync(CancellationTokenSource deadline, CancellationToken token)
        {
            await deadline.CancelAsync();
            token.ThrowIfCancellationRequested();
            return Applied;
        }
    }

    [Fact]
    public async Task An_exception_that_is_no_outcome_is_not_swallowed()
    {
        var faultyStore = Projector(new ScriptedStore((_, _) => throw new InvalidOperationException("a bug")));
        var faultyLetters = new BatchProjector(
            store,
            new ScriptedDeadLetters((_, _) => throw new InvalidOperationException("another")),
            TimeProvider.System,
            4
        );
        var confused = Projector(new ScriptedStore((_, _) => throw new OperationCanceledException("nobody asked for that")));

        var fromStore = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            faultyStore.ProjectAsync([Change.Insert(1, Command(1))], Token)
        );
        var fromLetters = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            faultyLetters.ProjectAsync([Change.Insert(1, Command(1).Without(AttributeNames.UserId))], Token)
        );
        await Assert.ThrowsAsync<OperationCanceledException>(() => confused.ProjectAsync([Change.Insert(1, Command(1))], Token));

        Assert.Equal("a bug", fromStore.Message);
        Assert.Equal("another", fromLetters.Message);
    }

    [Fact]
    public async Task Nothing_is_left_under_way_when_an_exception_is_thrown()
    {
        var underWay = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var projector = Projector(
            new ScriptedStore(
                async (write, _) =>
                {
                    if (write.Key.SortKey.EndsWith('1'))
                    {
                        underWay.SetResult();
                        await release.Task;
                        return Applied;
                    }

                    await underWay.Task;
                    throw new InvalidOperationException("a bug");
                }
            ),
            concurrency: 2
        );

        var projecting = projector.ProjectAsync([Change.Insert(1, Command(1)), Change.Insert(2, Command(2))], Token);
        await underWay.Task.WaitAsync(Token);

        Assert.False(projecting.IsCompleted);
        release.SetResult();
        await Assert.ThrowsAsync<InvalidOperationException>(() => projecting);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task As_many_writes_as_allowed_are_under_way_at_once_and_no_more(int concurrency)
    {
        var probe = new ConcurrencyProbe(concurrency);
        var projector = Projector(
            new ScriptedStore(
                async (_, token) =>
                {
                    await probe.PassAsync(token);
                    return Applied;
                }
            ),
            concurrency
        );

        var report = await projector.ProjectAsync([.. Enumerable.Range(1, 60).Select(i => Change.Insert(i, Command(i)))], Token);

        Assert.Equal(60, report.Count(ChangeOutcome.Applied));
        Assert.Equal(concurrency, probe.Most);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task As_many_dead_letters_as_allowed_are_under_way_at_once_and_no_more(int concurrency)
    {
        var probe = new ConcurrencyProbe(concurrency);
        var letters = new ScriptedDeadLetters(
            async (_, token) =>
            {
                await probe.PassAsync(token);
                return Applied;
            }
        );
        var projector = new BatchProjector(store, letters, TimeProvider.System, concurrency);

        var report = await projector
            .ProjectAsync([.. Enumerable.Range(1, 60).Select(i => Change.Insert(i, Command(i).Without(AttributeNames.UserId)))], Token)
            .WaitAsync(TimeSpan.FromSeconds(30), Token);

        Assert.Equal(60, report.Count(ChangeOutcome.DeadLetter));
        Assert.Equal(concurrency, probe.Most);
    }

    [Fact]
    public async Task Every_record_is_counted_by_its_outcome_and_applied_ones_tell_their_lag()
    {
        var mine = new AsyncLocal<List<string>?> { Value = [] };
        var measured = mine.Value;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == Telemetry.Name)
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note($"{instrument.Name} {tags[0].Value} {value}"));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Note($"{instrument.Name} {value}"));
        listener.Start();
        var projector = new BatchProjector(store, deadLetters, new FixedTime(Change.FirstCommit.AddMilliseconds(1501)), 4);

        await projector.ProjectAsync([Change.Insert(1, Command(1)), Change.Insert(2, Command(2).Without(AttributeNames.UserId))], Token);

        Assert.Equal(
            ["notifyquery.projection.records applied 1", "notifyquery.projection.lag 1.5", "notifyquery.projection.records dead_letter 1"],
            measured
        );

        void Note(string measurement)
        {
            if (mine.Value is { } list) // other tests measure too
                lock (list)
                    list.Add(measurement);
        }
    }

    private static CommandState Command(int number) => CommandState.Of($"tx-{number}", "2026-11-22T08:15:30.123Z", "ann");

    private BatchProjector Projector(IProjectionStore projectionStore, int concurrency = 4) =>
        new(projectionStore, deadLetters, TimeProvider.System, concurrency);

    private ScriptedStore RefusingPuts() =>
        new((write, token) => write is ProjectionWrite.Put ? Task.FromResult(Refused) : store.WriteAsync(write, token));

    private sealed class ScriptedStore(Func<ProjectionWrite, CancellationToken, Task<WriteResult>> write) : IProjectionStore
    {
        public Task<WriteResult> WriteAsync(ProjectionWrite planned, CancellationToken cancellationToken) =>
            write(planned, cancellationToken);
    }

    private sealed class ScriptedDeadLetters(Func<DeadLetter, CancellationToken, Task<WriteResult>> put) : IDeadLetters
    {
        public Task<WriteResult> PutAsync(DeadLetter letter, CancellationToken cancellationToken) => put(letter, cancellationToken);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
