using System.Collections.Concurrent;
using System.Diagnostics;
using NotifyQuery.Core;
using NotifyQuery.EventSource.Hosting;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What the event source tells of a batch that does not go well.</summary>
public sealed class DeliveryTraceTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> ended = new();
    private readonly ActivityListener listener;
    private readonly string table = $"commands-{Guid.NewGuid():N}";

    public DeliveryTraceTests()
    {
        listener = new()
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            // Other tests deliver at the same time.
            ActivityStopped = activity =>
            {
                if (activity.GetTagItem("messaging.destination.name") as string == table)
                    ended.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    [Fact]
    public async Task Each_attempt_is_a_trace_linked_to_the_one_before_with_its_outcome()
    {
        var invocations = 0;
        var function = new FunctionOf(_ =>
            ++invocations switch
            {
                1 => FunctionOf.Thrown,
                2 => FunctionOf.Failed(Records.Of(2).SequenceNumber),
                _ => FunctionOf.Success,
            }
        );
        using var simulation = new Simulation(
            new() { FunctionResponseTypes = [EventSourceOptions.ReportBatchItemFailures] },
            Stream(3),
            function
        );
        simulation.Delivery.Options.TableName = table;

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.DoesNotContain(ended, span => span.OperationName == $"poll {table}");
        var attempts = ended.Where(span => span.OperationName == $"process {table}").OrderBy(span => span.StartTimeUtc).ToList();
        Assert.Equal(["function_error", "reported", "done"], attempts.Select(span => span.GetTagItem("notifyquery.event_source.outcome")));
        Assert.Equal([3, 3, 2], attempts.Select(span => span.GetTagItem("messaging.batch.message_count")));
        Assert.Equal([1, 2, 1], attempts.Select(span => span.GetTagItem("notifyquery.event_source.attempt")));
        Assert.Equal([ActivityStatusCode.Error, ActivityStatusCode.Error, ActivityStatusCode.Unset], attempts.Select(span => span.Status));
        Assert.Equal("function_error", attempts[0].GetTagItem("error.type"));
        Assert.Empty(attempts[0].Links);
        Assert.Equal(attempts[0].Context.SpanId, Assert.Single(attempts[1].Links).Context.SpanId);
        Assert.Equal(attempts[1].Context.SpanId, Assert.Single(attempts[2].Links).Context.SpanId);
        Assert.Equal(3, attempts.Select(span => span.TraceId).Distinct().Count());
    }

    public void Dispose() => listener.Dispose();
}
