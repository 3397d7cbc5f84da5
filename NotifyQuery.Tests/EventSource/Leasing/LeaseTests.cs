using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.EventSource.Leasing;

namespace NotifyQuery.Tests.EventSource;

public sealed class LeaseTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(3);

    private readonly InMemoryCheckpoints checkpoints = new();
    private readonly ManualTime time = new();

    [Fact]
    public async Task One_owner_at_a_time_and_the_next_when_it_is_given_back()
    {
        await using (var first = await AcquireAsync("first"))
        {
            Assert.NotNull(first);
            Assert.Null(await AcquireAsync("second"));
        }

        await using var second = await AcquireAsync("second");
        Assert.NotNull(second);
    }

    [Fact]
    public async Task A_lease_that_is_extended_outlives_its_duration()
    {
        await using var lease = await AcquireAsync("first");
        for (var i = 0; i < 5; i++)
        {
            await Eventually.TrueAsync(() => time.Waiting == 1, "the heartbeat pauses");
            time.Advance(Beat);
        }

        await Eventually.TrueAsync(() => time.Waiting == 1, "the heartbeat pauses");
        lease!.ThrowIfLost();
        Assert.Null(await AcquireAsync("second"));
    }

    [Fact]
    public async Task An_owner_that_was_suspended_finds_its_lease_lost_before_it_does_anything_and_another_has_taken_over()
    {
        await using var suspended = await AcquireAsync("first");
        time.Jump(Duration + TimeSpan.FromSeconds(1));

        await using var other = await AcquireAsync("second");

        Assert.NotNull(other);
        Assert.Throws<LeaseLostException>(suspended!.ThrowIfLost);
        Assert.True(suspended.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task An_owner_whose_lease_was_taken_is_told_at_its_next_heartbeat_and_does_not_give_back_what_is_not_its_own()
    {
        var robbed = await AcquireAsync("first");
        await Eventually.TrueAsync(() => time.Waiting == 1, "the heartbeat pauses");
        await checkpoints.ReleaseAsync("commands", "first", TestContext.Current.CancellationToken);
        await using var other = await AcquireAsync("second");

        time.Advance(Beat);

        await Eventually.TrueAsync(() => robbed!.Lost.IsCancellationRequested, "the loss is noticed");
        await robbed!.DisposeAsync();
        Assert.Equal("second", checkpoints.Owner);
    }

    [Fact]
    public async Task A_lease_that_cannot_be_extended_is_lost_when_its_time_is_up_and_not_before()
    {
        checkpoints.BeforeRenewal = () => throw new IOException("away");
        await using var lease = await AcquireAsync("first");
        await Eventually.TrueAsync(() => time.Waiting == 1, "the heartbeat pauses");
        time.Advance(Beat);
        await Eventually.TrueAsync(() => time.Waiting == 1, "the heartbeat tries again soon");
        lease!.ThrowIfLost();

        time.Advance(Duration - Beat);

        await Eventually.TrueAsync(() => lease.Lost.IsCancellationRequested, "the loss is noticed");
    }

    [Fact]
    public async Task A_renewal_that_takes_long_extends_the_lease_from_its_start_as_it_does_for_all_others()
    {
        var (asked, answered) = (new TaskCompletionSource(), new TaskCompletionSource());
        checkpoints.AfterRenewal = _ =>
        {
            asked.TrySetResult();
            return answered.Task;
        };
        await using var slow = await AcquireAsync("first");
        await Eventually.TrueAsync(() => time.Waiting == 1, "the heartbeat pauses");
        time.Advance(Beat);
        await asked.Task;
        time.Jump(Duration - TimeSpan.FromSeconds(1));
        answered.SetResult();
        checkpoints.AfterRenewal = null;
        await Eventually.TrueAsync(() => time.Waiting == 1, "the heartbeat pauses again");
        slow!.ThrowIfLost();

        time.Jump(TimeSpan.FromSeconds(1.5));
        await using var other = await AcquireAsync("second");

        Assert.NotNull(other);
        Assert.Throws<LeaseLostException>(slow.ThrowIfLost);
    }

    [Fact]
    public async Task A_lease_whose_acquisition_takes_long_counts_from_the_moment_it_was_asked_for()
    {
        checkpoints.AfterAcquisition = () => time.Jump(Duration - TimeSpan.FromSeconds(1));
        await using var slow = await AcquireAsync("first");
        checkpoints.AfterAcquisition = null;
        slow!.ThrowIfLost();

        time.Jump(TimeSpan.FromSeconds(1.5));
        await using var other = await AcquireAsync("second");

        Assert.NotNull(other);
        Assert.Throws<LeaseLostException>(slow.ThrowIfLost);
    }

    [Fact]
    public async Task A_renewal_that_never_comes_back_loses_the_lease_when_its_time_is_up()
    {
        var asked = new TaskCompletionSource();
        checkpoints.AfterRenewal = token =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, token);
        };
        await using var lease = await AcquireAsync("first");
        await Eventually.TrueAsync(() => time.Waiting == 1, "the heartbeat pauses");
        time.Advance(Beat);
        await asked.Task;
        Assert.False(lease!.Lost.IsCancellationRequested);

        time.Advance(Duration - Beat);

        await Eventually.TrueAsync(() => lease.Lost.IsCancellationRequested, "whoever works under the lease is told");
    }

    [Fact]
    public async Task A_lease_is_given_back_at_once_also_while_a_renewal_does_not_come_back()
    {
        var asked = new TaskCompletionSource();
        checkpoints.AfterRenewal = token =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, token);
        };
        var lease = await AcquireAsync("first");
        await Eventually.TrueAsync(() => time.Waiting == 1, "the heartbeat pauses");
        time.Advance(Beat);
        await asked.Task;

        await lease!.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Null(checkpoints.Owner);
    }

    [Fact]
    public async Task An_owner_that_points_at_a_stream_after_its_lease_was_taken_finds_it_lost()
    {
        var robbed = await AcquireAsync("first");
        await checkpoints.ReleaseAsync("commands", "first", TestContext.Current.CancellationToken);
        await using var other = await AcquireAsync("second");

        await Assert.ThrowsAsync<LeaseLostException>(() => robbed!.PointAsync(new("arn", null), TestContext.Current.CancellationToken));

        Assert.True(robbed!.Lost.IsCancellationRequested);
        Assert.Null(robbed.Stream);
        await robbed.DisposeAsync();
    }

    private Task<Lease?> AcquireAsync(string owner) =>
        Lease.TryAcquireAsync(checkpoints, "commands", owner, Duration, time, NullLogger.Instance, TestContext.Current.CancellationToken);
}
