using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Rules;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.HealthChecks;

namespace NotifyQuery.Tests.EventSource;

/// <summary>A projection that stands still is told from one that is slow.</summary>
public sealed class StallTests
{
    private readonly FakeTimeProvider time = FakeTime.New();

    [Fact]
    public async Task Quiet_for_hours_is_healthy_and_so_is_the_first_record_after_it()
    {
        var (status, shard, progress) = Delivering();

        time.Advance(TimeSpan.FromHours(3));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);

        HandOut(shard, progress, 1);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);
        Assert.Equal(TimeSpan.Zero, status.CheckpointAge);
    }

    [Fact]
    public async Task Records_that_wait_while_none_is_finished_are_a_stall()
    {
        var (status, shard, progress) = Delivering();
        HandOut(shard, progress, 1);
        status.Failed("InvalidOperationException");

        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);
        time.Advance(TimeSpan.FromSeconds(1));
        var stalled = await CheckAsync(status);
        Assert.Equal(HealthStatus.Unhealthy, stalled.Status);
        Assert.Equal("Stalled: no record of shard has been finished for 61 s, 1 waiting: InvalidOperationException.", stalled.Description);
        Assert.Equal(TimeSpan.FromSeconds(61), status.CheckpointAge);

        Finish(status, shard, progress, 1);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);
        Assert.Equal(TimeSpan.Zero, status.CheckpointAge);
    }

    [Fact]
    public async Task Records_that_are_finished_late_are_slow_and_no_stall()
    {
        var (status, shard, progress) = Delivering();
        for (var number = 1; number <= 10; number++)
            HandOut(shard, progress, number);
        for (var number = 1; number <= 9; number++)
        {
            time.Advance(TimeSpan.FromSeconds(20));
            Finish(status, shard, progress, number);
        }

        var slow = await CheckAsync(status);
        Assert.Equal(HealthStatus.Degraded, slow.Status);
        Assert.StartsWith(
            "Slow: records are being finished, but the oldest has waited for 180 s",
            slow.Description,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_shard_that_cannot_be_read_is_a_stall_although_nothing_waits()
    {
        var (status, shard, _) = Delivering();
        shard.ReadFailed();
        status.Failed("Connection refused");
        time.Advance(TimeSpan.FromSeconds(30));
        shard.ReadFailed();
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);

        time.Advance(TimeSpan.FromSeconds(31));
        var stalled = await CheckAsync(status);
        Assert.Equal(HealthStatus.Unhealthy, stalled.Status);
        Assert.Equal("Stalled: shard could not be read for 61 s: Connection refused.", stalled.Description);

        shard.Read();
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);
    }

    [Fact]
    public async Task A_consumer_that_fails_again_and_again_is_a_stall_although_each_one_begins_afresh()
    {
        var (status, shard, progress) = Delivering();
        for (var second = 0; second < 60; second++)
        {
            HandOut(shard, progress, 1);
            shard.Failed();
            status.Failed("InvalidOperationException, see the log");
            status.Leave(shard);
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);
            progress = new(1, ShardCheckpoint.Start);
            shard = status.Enter("shard", progress);
        }

        shard.Failed();
        time.Advance(TimeSpan.FromSeconds(1));
        var stalled = await CheckAsync(status);
        Assert.Equal(HealthStatus.Unhealthy, stalled.Status);
        Assert.Equal(
            "Stalled: the consumer of shard has been failing and restarting for 61 s: InvalidOperationException, see the log.",
            stalled.Description
        );

        HandOut(shard, progress, 1);
        Finish(status, shard, progress, 1);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);
    }

    [Fact]
    public async Task A_record_on_which_consumers_fail_slowly_waits_from_the_first_of_them_on()
    {
        var (status, shard, progress) = Delivering();
        for (var attempt = 0; attempt < 2; attempt++)
        {
            HandOut(shard, progress, 1);
            time.Advance(TimeSpan.FromSeconds(31)); // longer than what counts as again and again
            shard.Failed();
            status.Leave(shard);
            progress = new(1, ShardCheckpoint.Start);
            shard = status.Enter("shard", progress);
        }

        HandOut(shard, progress, 1);
        var stalled = await CheckAsync(status);

        Assert.Equal(HealthStatus.Unhealthy, stalled.Status);
        Assert.StartsWith(
            "Stalled: no record of shard has been finished for 62 s, 1 waiting",
            stalled.Description,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_consumer_that_failed_once_and_then_finds_nothing_to_do_is_healthy()
    {
        var (status, shard, _) = Delivering();
        time.Advance(TimeSpan.FromHours(3));
        shard.Failed();
        status.Leave(shard);
        var progress = new ShardProgress(1, ShardCheckpoint.Start);
        shard = status.Enter("shard", progress);

        foreach (var seconds in (int[])[1, 29, 31, 3600])
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);
        }

        // What comes then waits from then on.
        HandOut(shard, progress, 1);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);
        Assert.Equal(TimeSpan.Zero, status.CheckpointAge);
    }

    [Fact]
    public async Task An_event_source_that_begins_again_and_again_is_a_stall_until_it_finishes_something()
    {
        var (status, shard, progress) = Delivering();
        status.LeaveAll();
        for (var attempt = 0; attempt < 7; attempt++)
        {
            Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);
            status.State = EventSourceState.Starting;
            status.Restarted("IOException, see the log");
            status.State = EventSourceState.Delivering;
            time.Advance(TimeSpan.FromSeconds(10));
        }

        var stalled = await CheckAsync(status);
        Assert.Equal(HealthStatus.Unhealthy, stalled.Status);
        Assert.Equal("Stalled: the event source has been failing and restarting for 70 s: IOException, see the log.", stalled.Description);

        Finish(status, shard, progress, 1);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);
    }

    [Fact]
    public async Task A_shard_that_is_done_or_belongs_to_another_leaves_nothing_behind()
    {
        var (status, shard, progress) = Delivering();
        HandOut(shard, progress, 1);
        status.Leave(shard);
        Assert.Empty(status.Report().Shards);

        shard = status.Enter("shard", progress);
        shard.Failed();
        status.Leave(shard);
        Assert.Single(status.Report().Shards);
        status.LeaveAll();

        time.Advance(TimeSpan.FromHours(1));
        Assert.Empty(status.Report().Shards);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);
    }

    private (EventSourceStatus Status, ShardStatus Shard, ShardProgress Progress) Delivering()
    {
        var status = new EventSourceStatus(time) { State = EventSourceState.Delivering };
        var progress = new ShardProgress(1, ShardCheckpoint.Start);
        return (status, status.Enter("shard", progress), progress);
    }

    private void HandOut(ShardStatus shard, ShardProgress progress, int number)
    {
        shard.HandingOut();
        progress.TryHandOut(Records.Of(number, createdAt: time.GetUtcNow()), 0);
    }

    private static void Finish(EventSourceStatus status, ShardStatus shard, ShardProgress progress, int number)
    {
        progress.Finish(0, Records.Of(number).SequenceNumber);
        status.Progressed(shard, 1, DateTimeOffset.UnixEpoch);
    }
}
