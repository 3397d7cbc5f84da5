using System.Diagnostics;
using System.Diagnostics.Metrics;
using NotifyQuery.Core;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Core;

/// <summary>What a batch tells of itself: its span, its links to the writes that it carries, its measurements.</summary>
public sealed class BatchSpanTests
{
    private const int MostLinks = 128;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_is_one_span_with_the_number_of_records_of_each_outcome()
    {
        var store = new ScriptedStore(write =>
            write.Key.SortKey[^1] switch
            {
                '1' => WriteOutcome.Applied,
                '2' => WriteOutcome.Stale,
                _ => WriteOutcome.Unavailable,
            }
        );

        var span = await SpanOfAsync(
            store,
            [
                Change.Insert(1, Command(1)),
                Change.Insert(2, Command(2)),
                Change.Insert(3, Command(3)),
                Change.Insert(4, Command(4).Without(AttributeNames.UserId)),
                Change.Insert(5, Command(5)),
            ]
        );

        Assert.Equal(
            ("project batch", ActivityKind.Consumer, 5),
            (span.OperationName, span.Kind, span.GetTagItem("messaging.batch.message_count"))
        );
        Assert.Equal(
            [("applied", 1), ("dead_letter", 1), ("failed", 2), ("stale", 1)],
            span.TagObjects.Where(tag => tag.Key.StartsWith("notifyquery.projection.", StringComparison.Ordinal))
                .Select(tag => (tag.Key.Split('.')[^1], (int)tag.Value!))
                .Order()
        );
        Assert.Equal(
            (ActivityStatusCode.Error, "2 of 5 records not applied", "not_applied"),
            (span.Status, span.StatusDescription, span.GetTagItem("error.type"))
        );
    }

    [Fact]
    public async Task A_batch_that_is_applied_is_no_error()
    {
        var span = await SpanOfAsync(new ScriptedStore(_ => WriteOutcome.Applied), [Change.Insert(1, Command(1))]);

        Assert.Equal((ActivityStatusCode.Unset, null), (span.Status, span.GetTagItem("error.type")));
    }

    [Fact]
    public async Task A_batch_is_linked_to_the_trace_of_every_write_also_of_one_that_can_never_be_projected()
    {
        var (first, second) = (TraceOf(1), TraceOf(2));

        var span = await SpanOfAsync(
            new ScriptedStore(_ => WriteOutcome.Applied),
            [
                Change.Insert(1, Command(1).With(AttributeNames.TraceParent, first)),
                Change.Insert(2, Command(2)),
                Change.Insert(3, Command(3).With(AttributeNames.TraceParent, "no trace")),
                Change.Insert(4, Command(4).With(AttributeNames.TraceParent, second).With(AttributeNames.Channel, "fax")),
                Change.Remove(5, Command(5).With(AttributeNames.TraceParent, TraceOf(3))),
            ]
        );

        Assert.Equal([first, second], span.Links.Select(link => $"00-{link.Context.TraceId}-{link.Context.SpanId}-01"));
        Assert.All(span.Links, link => Assert.True(link.Context.IsRemote));
    }

    [Theory]
    [InlineData(MostLinks)]
    [InlineData(MostLinks + 2)]
    public async Task No_more_links_are_made_than_a_span_keeps(int records)
    {
        var span = await SpanOfAsync(
            new ScriptedStore(_ => WriteOutcome.Applied),
            [.. Enumerable.Range(1, records).Select(i => Change.Insert(i, Command(i).With(AttributeNames.TraceParent, TraceOf(i))))]
        );

        Assert.Equal(MostLinks, span.Links.Count());
    }

    [Fact]
    public async Task A_change_that_touches_nothing_is_stale()
    {
        var nobody = Command(1).Without(AttributeNames.UserId);

        var report = await Projector(new ScriptedStore(_ => WriteOutcome.Applied), new InMemoryDeadLetters())
            .ProjectAsync([Change.Remove(1, nobody)], Token);

        Assert.Equal([ChangeOutcome.Stale], report.Outcomes);
    }

    [Fact]
    public async Task A_dead_letter_says_all_that_is_wrong_and_a_refusal_without_a_reason_says_so()
    {
        var letters = new InMemoryDeadLetters();
        var store = new ScriptedStore(write => write is ProjectionWrite.Put ? WriteOutcome.Refused : WriteOutcome.Applied);

        await Projector(store, letters)
            .ProjectAsync(
                [
                    Change.Insert(1, Command(1).With(AttributeNames.Channel, "fax").With(AttributeNames.Status, "LOST")),
                    Change.Insert(2, Command(2)),
                ],
                Token
            );

        Assert.Equal(
            [
                "channel is 'fax': it must be one of push, sms, email, in_app; status is 'LOST': it must be one of PENDING, SENT, "
                    + "DELIVERED, READ, FAILED",
                "the table refused the item",
            ],
            letters.Letters.OrderBy(letter => letter.EventId, StringComparer.Ordinal).Select(letter => letter.ErrorMessage)
        );
    }

    [Fact]
    public async Task Each_outcome_is_counted_by_its_name_and_a_clock_that_is_behind_measures_no_negative_lag()
    {
        var mine = new AsyncLocal<List<string>?> { Value = [] };
        var measured = mine.Value;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == Telemetry.Name)
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => Note($"{tags[0].Key} {tags[0].Value} {value}"));
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => Note($"lag {value}"));
        listener.Start();
        var store = new ScriptedStore(write =>
            write.Key.SortKey[^1] switch
            {
                '1' => WriteOutcome.Applied,
                '2' => WriteOutcome.Stale,
                _ => WriteOutcome.Unavailable,
            }
        );
        var behind = new BatchProjector(store, new InMemoryDeadLetters(), new FixedTime(Change.FirstCommit.AddHours(-1)), 4);

        await behind.ProjectAsync([Change.Insert(1, Command(1)), Change.Insert(2, Command(2)), Change.Insert(3, Command(3))], Token);

        Assert.Equal(["outcome applied 1", "lag 0", "outcome stale 1", "outcome failed 1"], measured);

        void Note(string measurement)
        {
            if (mine.Value is { } list) // other tests measure too
                lock (list)
                    list.Add(measurement);
        }
    }

    [Fact]
    public void Instruments_have_the_names_and_units_under_which_they_are_documented()
    {
        var instruments = new Dictionary<string, (string? Unit, string? Description)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name != "NotifyQuery")
                return;
            lock (instruments)
                instruments[instrument.Name] = (instrument.Unit, instrument.Description);
        };
        Telemetry.DeadLetters.Add(0); // all of the core's are made with it
        listener.Start();

        lock (instruments)
        {
            Assert.Equal("{record}", instruments["notifyquery.projection.dead_letters"].Unit);
            Assert.Equal("{record}", instruments["notifyquery.projection.records"].Unit);
            Assert.Equal("s", instruments["notifyquery.projection.lag"].Unit);
            Assert.All(instruments, instrument => Assert.False(string.IsNullOrWhiteSpace(instrument.Value.Description), instrument.Key));
        }
    }

    private static async Task<Activity> SpanOfAsync(IProjectionStore store, IReadOnlyList<StreamChange> changes)
    {
        var spans = new List<Activity>();
        using var test = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        var trace = test.TraceId; // other tests project too
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.TraceId == trace)
                    lock (spans)
                        spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await Projector(store, new InMemoryDeadLetters()).ProjectAsync(changes, Token);
        lock (spans)
            return Assert.Single(spans);
    }

    private static BatchProjector Projector(IProjectionStore store, IDeadLetters letters) =>
        new(store, letters, TimeProvider.System, concurrency: 4);

    private static string TraceOf(int number) => $"00-{number + 0x1000:x32}-{number + 0x2000:x16}-01";

    private static CommandState Command(int number) => CommandState.Of($"tx-{number}", "2026-11-22T08:15:30.123Z", "ann");

    private sealed class ScriptedStore(Func<ProjectionWrite, WriteOutcome> outcome) : IProjectionStore
    {
        public Task<WriteResult> WriteAsync(ProjectionWrite write, CancellationToken cancellationToken) =>
            Task.FromResult(new WriteResult(outcome(write)));
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
