using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Leasing;

namespace NotifyQuery.Tests.EventSource;

/// <summary>The edges of a lease: the very moment of its end, the pauses between renewals, and what its owner stores under it.</summary>
public sealed class LeaseDetailTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly InMemoryCheckpoints checkpoints = new();
    private readonly ManualTime time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

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

    [Fact]
    public async Task What_was_carried_out_is_known_at_once_and_nothing_is_left_to_reset()
    {
        var version = checkpoints.Ask(null, new ShardReset("arn", "shard", 0));
        await using var lease = await AcquireAsync("first", 9);
        Assert.Single(lease.Control.Resets);

        var taken = Taken(version);
        Assert.True(await lease.TakeAsync(taken, Token));

        Assert.Equal((version, taken), (lease.Control.Version, lease.Control.Taken));
        Assert.Empty(lease.Control.Resets);
    }

    [Fact]
    public async Task A_request_that_was_made_meanwhile_is_known_at_once_and_the_lease_runs_its_whole_time_from_then()
    {
        await using var lease = await AcquireAsync("first", 9);
        var changed = lease.ChangedAsync(0, Token);
        time.Jump(TimeSpan.FromSeconds(5));
        var version = checkpoints.Ask(paused: true);

        Assert.False(await lease.TakeAsync(Taken(0), Token));

        Assert.Equal((version, true), (lease.Control.Version, lease.Control.Paused));
        await changed.WaitAsync(TimeLimit, Token);
        time.Jump(TimeSpan.FromSeconds(8));
        Assert.Null(await TryAcquireAsync("second", 9)); // 13 seconds after the first acquisition, 8 after the renewal
    }

    [Fact]
    public async Task Who_stores_what_was_carried_out_after_its_lease_was_taken_finds_it_lost()
    {
        await using var robbed = await AcquireAsync("first", 9);
        await checkpoints.ReleaseAsync("commands", "first", Token);
        await using var other = await AcquireAsync("second", 9);

        await Assert.ThrowsAsync<LeaseLostException>(() => robbed.TakeAsync(Taken(0), Token));

        Assert.True(robbed.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task An_answer_that_arrives_late_does_not_bring_an_older_request_back()
    {
        var (asked, answered) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var lease = await AcquireAsync("first", 9);
        await PausesAsync(2);
        checkpoints.AfterRenewal = _ =>
        {
            asked.TrySetResult();
            return answered.Task;
        };
        time.Advance(TimeSpan.FromSeconds(2));
        await asked.Task.WaitAsync(TimeLimit, Token); // the renewal has read request 0
        checkpoints.AfterRenewal = null;
        var version = checkpoints.Ask(paused: true);
        Assert.False(await lease.TakeAsync(Taken(0), Token)); // reads request 1

        answered.SetResult();

        await PausesAsync(2);
        Assert.Equal((version, true), (lease.Control.Version, lease.Control.Paused));
        Assert.False(lease.ChangedAsync(version, Token).IsCompleted);
        Assert.True(lease.ChangedAsync(version - 1, Token).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Whoever_waits_for_a_request_is_woken_by_each_new_one_and_by_no_renewal_without_one()
    {
        await using var lease = await AcquireAsync("first", 9);
        for (var version = 0L; version < 3; version++)
        {
            var changed = lease.ChangedAsync(version, Token);
            await BeatAsync();
            Assert.False(changed.IsCompleted);

            checkpoints.Ask(paused: version % 2 == 0);
            await BeatAsync();

            await changed.WaitAsync(TimeLimit, Token);
            Assert.Equal(version + 1, lease.Control.Version);
        }

        async Task BeatAsync()
        {
            await PausesAsync(2);
            time.Advance(TimeSpan.FromSeconds(2));
            await PausesAsync(2);
        }
    }

    [Fact]
    public async Task Waiting_for_a_request_ends_when_it_is_cancelled()
    {
        await using var lease = await AcquireAsync("first", 9);
        using var cancelled = new CancellationTokenSource();
        var waiting = lease.ChangedAsync(0, cancelled.Token);

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeLimit, Token));
    }

    private ControlTaken Taken(long version) => new(version, true, time.GetUtcNow(), null);

    /// <summary>Waits for the heartbeat. The time limit of a renewal under way is longer than any pause.</summary>
    private Task PausesAsync(double seconds) =>
        Eventually.TrueAsync(() => time.NextIn == TimeSpan.FromSeconds(seconds), $"the heartbeat pauses for {seconds} s");

    private async Task<Lease> AcquireAsync(string owner, int seconds) =>
        await TryAcquireAsync(owner, seconds) ?? throw new InvalidOperationException("another owner has the lease");

    private Task<Lease?> TryAcquireAsync(string owner, int seconds) =>
        Lease.TryAcquireAsync(checkpoints, "commands", owner, TimeSpan.FromSeconds(seconds), time, NullLogger.Instance, Token);
}
