using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.EventSource.Health;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.HealthChecks;

namespace NotifyQuery.Tests.EventSource;

/// <summary>An event source that does not get to its stream or to its shards stands still.</summary>
public sealed class StreamHealthTests
{
    private readonly FakeTimeProvider time = FakeTime.New();

    [Fact]
    public async Task A_start_that_does_not_end_is_a_stall_and_standing_by_is_not()
    {
        var status = new EventSourceStatus(time) { State = EventSourceState.Starting };
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(status)).Status);

        status.State = EventSourceState.Standby;
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);
    }

    [Fact]
    public async Task A_table_without_a_stream_is_a_stall()
    {
        var status = new EventSourceStatus(time) { State = EventSourceState.WaitingForStream };
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);

        time.Advance(TimeSpan.FromSeconds(1));
        var stalled = await CheckAsync(status);
        Assert.Equal(HealthStatus.Unhealthy, stalled.Status);
        Assert.StartsWith("Stalled: there has been no stream to read for 61 s", stalled.Description, StringComparison.Ordinal);

        status.State = EventSourceState.Delivering;
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);
    }

    [Fact]
    public async Task A_stream_that_does_not_tell_its_shards_is_a_stall_although_no_shard_is_known()
    {
        var status = new EventSourceStatus(time) { State = EventSourceState.Delivering, StreamArn = "the stream" };
        status.ListFailed("access denied");
        time.Advance(TimeSpan.FromSeconds(60));
        status.ListFailed("access denied");
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);

        time.Advance(TimeSpan.FromSeconds(1));
        var stalled = await CheckAsync(status);
        Assert.Equal(HealthStatus.Unhealthy, stalled.Status);
        Assert.Equal("Stalled: the shards of the stream could not be listed for 61 s: access denied.", stalled.Description);

        status.Listed();
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);
        status.ListFailed("access denied");
        status.LeaveAll(); // another event source's affair now
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(status)).Status);
    }
}
