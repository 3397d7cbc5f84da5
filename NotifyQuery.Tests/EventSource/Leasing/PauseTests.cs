using Microsoft.Extensions.Diagnostics.HealthChecks;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Hosting;
using static NotifyQuery.Tests.EventSource.ControlledDelivery;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Operators pause the delivery: the batch under way is finished, none is begun, and nothing is lost.</summary>
public sealed class PauseTests : IAsyncDisposable
{
    private readonly ControlledDelivery delivery = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pause_lets_the_batch_under_way_finish_begins_none_and_loses_nothing()
    {
        delivery.Hold = new();
        delivery.Write(1, 20);
        var source = await delivery.StartAsync();
        await delivery.UntilAsync(() => delivery.UnderWay == 1, "a batch is under way");

        var asked = delivery.Checkpoints.Ask(paused: true);
        await delivery.UntilAsync(() => source.Status.State == EventSourceState.Pausing, "it is being paused");
        Assert.NotEqual(asked, delivery.Checkpoints.Control.Taken?.Version);
        Assert.Equal(EventSourceState.Pausing, source.Status.State);

        delivery.Hold.SetResult();
        await delivery.UntilAsync(
            () => delivery.Checkpoints.Control.Taken is { Enabled: false } taken && taken.Version == asked,
            "the pause is taken"
        );
        Assert.Equal(EventSourceState.Paused, source.Status.State);
        Assert.Equal(Numbers(1, 5), delivery.Delivered);
        Assert.Equal("000000000000000000005", delivery.Checkpoints.Shards[(SimulatedStream.Arn, delivery.Shard.Id)].SequenceNumber);

        delivery.Write(21, 5);
        await delivery.AdvanceAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(Numbers(1, 5), delivery.Delivered);

        delivery.Checkpoints.Ask(paused: false);
        await delivery.UntilAsync(() => delivery.Delivered.Count == 25, "all is delivered");
        Assert.Equal(Numbers(1, 25), delivery.Delivered);
        Assert.True(delivery.Checkpoints.Control.Taken!.Enabled);
    }

    [Fact]
    public async Task A_paused_event_source_is_degraded_and_says_by_whom_and_since_when_and_its_gauge_is_1()
    {
        var source = await delivery.StartAsync();
        await delivery.UntilAsync(() => source.Status.State == EventSourceState.Delivering, "it delivers");
        delivery.Checkpoints.Ask(paused: true);
        await delivery.UntilAsync(() => source.Status.State == EventSourceState.Paused, "it is paused");
        delivery.Write(1, 3);
        await delivery.AdvanceAsync(TimeSpan.FromMinutes(3));

        var health = await new EventSourceHealth(source.Status).CheckHealthAsync(new(), Token);

        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.StartsWith(
            "Paused since 1970-01-01T00:00:00.000Z by ann@desk: nothing is delivered until 'projection resume'.",
            health.Description,
            StringComparison.Ordinal
        );
        Assert.Equal(
            ("paused", new PauseReport("ann@desk", DateTimeOffset.UnixEpoch)),
            (source.Status.Report().State, source.Status.Report().Paused)
        );

        delivery.Checkpoints.Ask(paused: false);
        await delivery.UntilAsync(() => delivery.Delivered.Count == 3, "it delivers");
        Assert.Equal(HealthStatus.Healthy, (await new EventSourceHealth(source.Status).CheckHealthAsync(new(), Token)).Status);
        Assert.Null(source.Status.Report().Paused);
    }

    [Fact]
    public async Task A_pause_outlives_a_restart_and_a_second_event_source_that_takes_over_is_paused_too()
    {
        delivery.Write(1, 3);
        var first = await delivery.StartAsync();
        await delivery.UntilAsync(() => delivery.Delivered.Count == 3, "it delivers");
        var second = await delivery.StartAsync();
        await delivery.UntilAsync(() => second.Status.State == EventSourceState.Standby, "the second stands by");
        delivery.Checkpoints.Ask(paused: true);
        await delivery.UntilAsync(() => first.Status.State == EventSourceState.Paused, "the first is paused");

        await first.DisposeAsync();
        delivery.Write(4, 3);
        await delivery.UntilAsync(() => second.Status.State == EventSourceState.Paused, "the second takes over, paused");
        await second.DisposeAsync();
        var third = await delivery.StartAsync();
        await delivery.UntilAsync(() => third.Status.State == EventSourceState.Paused, "started again, it is paused");
        await delivery.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(Numbers(1, 3), delivery.Delivered);

        delivery.Checkpoints.Ask(paused: false);
        await delivery.UntilAsync(() => delivery.Delivered.Count == 6, "it goes on");
        Assert.Equal(Numbers(1, 6), delivery.Delivered);
    }

    [Fact]
    public async Task What_is_configured_as_disabled_delivers_nothing_until_somebody_resumes_it_which_holds_from_then_on()
    {
        delivery.Write(1, 3);
        var source = await delivery.StartAsync(new() { Enabled = false });
        await delivery.UntilAsync(() => source.Status.State == EventSourceState.Paused, "it is paused");
        Assert.Equal("its configuration (EventSource:Enabled)", source.Status.Paused!.By);
        Assert.True(delivery.Checkpoints.Control.IsPaused);

        delivery.Checkpoints.Ask(paused: false);
        await delivery.UntilAsync(() => delivery.Delivered.Count == 3, "it delivers");
        await source.DisposeAsync();
        delivery.Write(4, 1);
        await delivery.StartAsync(new() { Enabled = false });
        await delivery.UntilAsync(() => delivery.Delivered.Count == 4, "it still delivers");
    }

    [Fact]
    public async Task From_LATEST_what_is_written_during_a_pause_is_delivered_when_it_is_resumed()
    {
        delivery.Time.Advance(TimeSpan.FromHours(1));
        delivery.Checkpoints.Ask(paused: true);
        var source = await delivery.StartAsync(new() { StartingPosition = EventSourceOptions.Latest });
        await delivery.UntilAsync(() => source.Status.State == EventSourceState.Paused, "it is paused");
        delivery.Write(1, 3);

        delivery.Checkpoints.Ask(paused: false);
        await delivery.UntilAsync(() => delivery.Delivered.Count == 3, "it delivers");
    }

    public ValueTask DisposeAsync() => delivery.DisposeAsync();
}
