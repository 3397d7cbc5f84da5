using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Leasing;

namespace NotifyQuery.Tests.EventSource;

/// <summary>How the owner of a lease learns of an operator's requests, and stores that they are carried out.</summary>
public sealed class LeaseRequestTests : TimedLeaseTests
{
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
}
