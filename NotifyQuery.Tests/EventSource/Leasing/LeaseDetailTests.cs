using NotifyQuery.EventSource.Leasing;

namespace NotifyQuery.Tests.EventSource;

/// <summary>The edges of a lease: the very moment of its end, the pauses between renewals, and what its owner stores under it.</summary>
public sealed class LeaseDetailTests : TimedLeaseTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    [Fact]
    public async Task A_lease_is_lost_at_the_very_end_of_its_time_and_not_a_tick_before()
    {
        await using var lease = await AcquireAsync("first", 9);

        time.Jump(TimeSpan.FromSeconds(9) - Tick);
        lease.ThrowIfLost();
        Assert.False(lease.Lost.IsCancellationRequested);
        time.Jump(Tick);

        Assert.Throws<LeaseLostException>(lease.ThrowIfLost);
    }

    [Theory]
    [InlineData(3, 1)] // three renewals within the lease
    [InlineData(6, 2)]
    [InlineData(300, 2)] // requests of operators come with the renewals
    public async Task A_lease_is_renewed_after_a_third_of_its_time_and_at_the_latest_after_2_seconds(int duration, double beat)
    {
        var renewals = 0;
        checkpoints.BeforeRenewal = () => renewals++;
        await using var lease = await AcquireAsync("first", duration);

        for (var expected = 0; expected < 3; expected++)
        {
            await PausesAsync(beat);
            Assert.Equal(expected, renewals);
            time.Advance(TimeSpan.FromSeconds(beat));
        }

        await PausesAsync(beat);
        Assert.Equal(3, renewals);
    }

    [Fact]
    public async Task A_renewal_that_failed_is_tried_again_after_a_tenth_of_the_lease_and_then_at_the_usual_pace()
    {
        var renewals = 0;
        checkpoints.BeforeRenewal = () =>
        {
            if (++renewals <= 2)
                throw new IOException("away");
        };
        await using var lease = await AcquireAsync("first", 9);

        foreach (var pause in new[] { 2, 0.9, 0.9, 2 })
        {
            await PausesAsync(pause);
            time.Advance(TimeSpan.FromSeconds(pause));
        }

        await PausesAsync(2);
        lease.ThrowIfLost();
        Assert.Equal(4, renewals);
    }

    [Fact]
    public async Task A_renewal_that_fails_at_the_very_end_of_the_lease_is_not_tried_again()
    {
        var renewals = 0;
        checkpoints.BeforeRenewal = () =>
        {
            renewals++;
            time.Jump(TimeSpan.FromSeconds(7)); // the answer comes when the time is just up
            throw new IOException("away");
        };
        await using var lease = await AcquireAsync("first", 9);
        await PausesAsync(2);

        time.Advance(TimeSpan.FromSeconds(2));

        await Eventually.TrueAsync(() => lease.Lost.IsCancellationRequested, "the loss is noticed");
        Assert.Equal(1, renewals);
    }

    [Fact]
    public async Task A_heartbeat_that_fails_by_a_fault_of_our_own_loses_the_lease_at_once_and_tells_the_fault()
    {
        checkpoints.BeforeRenewal = () => throw new InvalidOperationException("a fault of our own");
        var lease = await AcquireAsync("first", 9);
        await PausesAsync(2);

        time.Advance(TimeSpan.FromSeconds(2));

        await Eventually.TrueAsync(() => lease.Lost.IsCancellationRequested, "whoever works under the lease is told");
        Assert.Throws<LeaseLostException>(lease.ThrowIfLost);
        await Assert.ThrowsAsync<InvalidOperationException>(() => lease.DisposeAsync().AsTask());
    }

    [Fact]
    public async Task A_release_that_does_not_come_back_is_given_up_after_a_second()
    {
        var asked = new TaskCompletionSource();
        checkpoints.BeforeRelease = token =>
        {
            asked.SetResult();
            return Task.Delay(Timeout.Infinite, token);
        };
        var lease = await AcquireAsync("first", 9);
        var releasing = lease.DisposeAsync().AsTask();
        await asked.Task.WaitAsync(TimeLimit, Token);

        time.Advance(TimeSpan.FromSeconds(1) - Tick);
        Assert.False(releasing.IsCompleted);
        time.Advance(Tick);

        await releasing.WaitAsync(TimeLimit, Token);
    }

    [Fact]
    public async Task A_release_that_fails_is_left_to_the_end_of_the_lease_and_a_fault_of_our_own_is_not_hidden()
    {
        var lease = await AcquireAsync("first", 9);
        checkpoints.BeforeRelease = _ => throw new IOException("away");
        await lease.DisposeAsync();
        Assert.Equal("first", checkpoints.Owner);

        lease = await AcquireAsync("first", 9);
        checkpoints.BeforeRelease = _ => throw new InvalidOperationException("a fault of our own");
        await Assert.ThrowsAsync<InvalidOperationException>(() => lease.DisposeAsync().AsTask());
    }

    [Fact]
    public async Task A_lease_names_the_stream_that_its_owner_stored()
    {
        await using var lease = await AcquireAsync("first", 9);
        Assert.Null(lease.Stream);

        await lease.PointAsync(new("arn", null), Token);

        Assert.Equal(new("arn", null), lease.Stream);
    }
}
