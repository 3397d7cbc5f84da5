using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Hosting;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>An event source that fails again and again is unhealthy, although each attempt begins afresh, until it works.</summary>
public sealed class DeliveryHealthTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_consumer_that_fails_again_and_again_is_unhealthy_until_it_finishes_a_record()
    {
        var time = FakeTime.New();
        var stream = Stream(1);
        stream.Latest = SimulatedStream.Arn;
        var works = false;
        stream.BeforeRead = (_, _) =>
        {
            if (!Volatile.Read(ref works))
                throw new InvalidOperationException("a fault of our own");
        };
        using var simulation = new Simulation(new(), stream, new FunctionOf(_ => FunctionOf.Success), time: time);
        simulation.Status.State = EventSourceState.Delivering;
        var health = new EventSourceHealth(simulation.Status);
        using var stop = new CancellationTokenSource();
        var delivering = simulation.DeliverAsync(stop.Token);

        await UntilAsync(health, HealthStatus.Unhealthy, time);
        Assert.StartsWith(
            "Stalled: the consumer of shardId-0000 has been failing",
            (await health.CheckHealthAsync(new(), Token)).Description,
            StringComparison.Ordinal
        );
        Volatile.Write(ref works, true);
        await UntilAsync(health, HealthStatus.Healthy, time);

        Assert.Equal(1, simulation.Status.Report().RecordsDone);
        await stop.CancelAsync();
        await delivering.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task An_event_source_that_begins_again_and_again_is_unhealthy_until_it_finishes_a_record()
    {
        var time = FakeTime.New();
        var stream = Stream(1);
        stream.Latest = SimulatedStream.Arn;
        var works = false;
        stream.BeforeFind = () =>
        {
            if (!Volatile.Read(ref works))
                throw new InvalidOperationException("a fault of our own");
        };
        using var simulation = new Simulation(new(), stream, new FunctionOf(_ => FunctionOf.Success), time: time);
        var health = new EventSourceHealth(simulation.Status);
        using var worker = new EventSourceWorker(simulation.Delivery, NullLogger<EventSourceWorker>.Instance);
        await worker.StartAsync(Token);

        await UntilAsync(health, HealthStatus.Unhealthy, time);
        Assert.StartsWith(
            "Stalled: the event source has been failing",
            (await health.CheckHealthAsync(new(), Token)).Description,
            StringComparison.Ordinal
        );
        Volatile.Write(ref works, true);
        await UntilAsync(health, HealthStatus.Healthy, time);

        await Eventually.TrueAsync(() => simulation.Status.Report().RecordsDone == 1, "the record is done");
        await worker.StopAsync(Token);
        Assert.Equal(EventSourceState.Stopped, simulation.Status.State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_that_is_not_found_or_not_described_is_unhealthy_until_it_is(bool found)
    {
        var time = FakeTime.New();
        var stream = Stream(1);
        stream.Latest = found ? SimulatedStream.Arn : null;
        var works = false;
        stream.AfterList = () =>
        {
            if (!Volatile.Read(ref works))
                throw new IOException("access denied");
        };
        using var simulation = new Simulation(new(), stream, new FunctionOf(_ => FunctionOf.Success), time: time);
        var health = new EventSourceHealth(simulation.Status);
        using var worker = new EventSourceWorker(simulation.Delivery, NullLogger<EventSourceWorker>.Instance);
        await worker.StartAsync(Token);

        await UntilAsync(health, HealthStatus.Unhealthy, time);
        Assert.Contains(
            found ? "could not be listed" : "no stream to read",
            (await health.CheckHealthAsync(new(), Token)).Description,
            StringComparison.Ordinal
        );
        Volatile.Write(ref works, true);
        stream.Latest = SimulatedStream.Arn;
        await UntilAsync(health, HealthStatus.Healthy, time);

        await Eventually.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(0.5));
                return simulation.Status.Report().RecordsDone == 1;
            },
            "the record is done"
        );
        await worker.StopAsync(Token);
    }

    private static Task UntilAsync(EventSourceHealth health, HealthStatus status, FakeTimeProvider time) =>
        Eventually.TrueAsync(
            async () =>
            {
                time.Advance(TimeSpan.FromSeconds(0.5));
                return (await health.CheckHealthAsync(new(), Token)).Status == status;
            },
            $"it is {status}"
        );
}
