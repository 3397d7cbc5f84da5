using System.Diagnostics;
using System.Diagnostics.Metrics;
using NotifyQuery.Core;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Core.BatchParts;

namespace NotifyQuery.Tests.Core;

/// <summary>The link to the trace of the writes, and the measurements of each record.</summary>
public sealed class BatchTelemetryTests
{
    private readonly InMemoryProjectionStore store = new();
    private readonly InMemoryDeadLetters deadLetters = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

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

    private BatchProjector Projector(IProjectionStore projectionStore, int concurrency = 4) =>
        BatchParts.Projector(projectionStore, deadLetters, concurrency);

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
