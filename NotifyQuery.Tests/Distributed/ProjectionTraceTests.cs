using NotifyQuery.AppHost.Emulators;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Distributed.SystemTraces;

namespace NotifyQuery.Tests.Distributed;

/// <summary>The trace of a projection, with its metrics and logs.</summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class ProjectionTraceTests(WholeSystem whole)
{
    private readonly RunningSystem system = whole.System;
    private readonly SystemTraces traces = new(whole);
    private readonly OtlpReceiver received = whole.Received;
    private readonly string user = $"user-{Guid.NewGuid():N}";

    [Fact]
    public async Task A_write_is_linked_to_its_projection_and_a_dead_letter_is_seen_in_it()
    {
        var (write, poison) = (NewContext(), NewContext());
        var record = RunningSystem.NewRecord(user);
        await system.Commands.PutAsync(record with { TraceParent = Header(write) }, TestContext.Current.CancellationToken);
        await system.Commands.PutWithoutUserAsync(
            RunningSystem.NewRecord(user) with
            {
                TraceParent = Header(poison),
            },
            TestContext.Current.CancellationToken
        );

        var projection = await traces.SpanAsync(span =>
            !span.IsError && span.Links.Contains(new(write.TraceId.ToHexString(), write.SpanId.ToHexString()))
        );
        Assert.Equal("StreamProcessor", projection.Service);
        var failed = await traces.SpanAsync(span =>
            !span.IsError && span.Links.Contains(new(poison.TraceId.ToHexString(), poison.SpanId.ToHexString()))
        );
        var letter = await traces.SpanAsync(span => span.TraceId == failed.TraceId && span.Kind == Producer);
        Assert.Equal("send projection-failures", letter.Name);
        Assert.Equal(failed.SpanId, letter.ParentSpanId);
        Assert.Equal("InvalidCommand", letter.Attributes["notifyquery.dead_letter.error_type"]);

        // The event source's delivery, the function and its writes are one trace, which nothing is missing from. AWS's own test tool makes
        // up an id for each invocation: there the function begins a trace of its own.
        var startsTraces = system.LambdaEmulator is LambdaEmulatorKind.TestTool;
        var trace = await traces.TraceAsync(
            projection.TraceId,
            null,
            span => span.ParentSpanId is null && (startsTraces || span.Service == "event-source")
        );
        AssertNoOrphans(trace, null);
        var delivery = startsTraces
            ? await traces.SpanAsync(span => span.Service == "event-source" && span.Name == "process command-records")
            : trace.Single(span => span.ParentSpanId is null);
        Assert.Equal("process command-records", delivery.Name);
        Assert.True(delivery.Attributes["notifyquery.event_source.attempt"] is >= 1L);
        Assert.Equal("done", delivery.Attributes["notifyquery.event_source.outcome"]);
        Assert.Contains(
            trace,
            span =>
                span.Service == "StreamProcessor" && span.Attributes.GetValueOrDefault("aws.dynamodb.table_names") is "notification-records"
        );

        await EventuallyAsync(() =>
            received.Points.Find(point =>
                point is { Service: "StreamProcessor", Metric: "notifyquery.projection.dead_letters", Value: >= 1 }
                && point.Attributes["error.type"] is "InvalidCommand"
            )
        );
        await EventuallyAsync(() =>
            received.Points.Find(point => point is { Service: "StreamProcessor", Metric: "notifyquery.projection.lag", Value: >= 1 })
        );
        await EventuallyAsync(() =>
            received.Points.Find(point =>
                point is { Service: "event-source", Metric: "notifyquery.event_source.records_read", Value: >= 2 }
            )
        );
        await EventuallyAsync(() =>
            received.Points.Find(point => point is { Service: "event-source", Metric: "notifyquery.event_source.iterator_age" })
        );
        await EventuallyAsync(() =>
            received.Logs.Find(log =>
                log.Service == "StreamProcessor"
                && log.TraceId == failed.TraceId
                && log.Body.Contains("can never be projected", StringComparison.Ordinal)
            )
        );
    }
}
