using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// The conditions of leases and of operators' requests in the checkpoint table, each at its edge: who may write, and what a write leaves
/// behind.
/// </summary>
public sealed class CheckpointLeaseTests(DynamoDbLocal local) : CheckpointTableTests(local)
{
    private CheckpointTable Operators => new(Engine.Client, "stream-checkpoints");

    [Fact]
    public async Task A_lease_is_free_a_millisecond_after_its_end_and_not_at_its_end()
    {
        Assert.NotNull(await Checkpoints.AcquireAsync(new(Table, "first", Now, Now.AddSeconds(5)), Token));

        Assert.Null(await Checkpoints.AcquireAsync(Claim("second", Now.AddSeconds(5)), Token));
        Assert.NotNull(await Checkpoints.AcquireAsync(Claim("second", Now.AddSeconds(5).AddMilliseconds(1)), Token));
    }

    [Fact]
    public async Task A_lease_is_acquired_again_by_its_own_owner_and_runs_from_then()
    {
        await Checkpoints.AcquireAsync(Claim("first", Now), Token);
        Assert.NotNull(await Checkpoints.AcquireAsync(Claim("first", Now.AddSeconds(3)), Token));

        Assert.Null(await Checkpoints.AcquireAsync(Claim("second", Now.AddSeconds(8)), Token));
        Assert.Equal(("first", Now.AddSeconds(8)), await OwnerAsync());
    }

    [Fact]
    public async Task A_lease_that_nobody_has_is_not_renewed_nor_written_under()
    {
        Assert.Null(await Checkpoints.RenewAsync(Claim("first", Now), Token));
        Assert.False(await Checkpoints.PointAsync(Table, "first", new(Arn, null), Token));
        Assert.False(await Checkpoints.TakeAsync(Table, "first", new(0, true, Now, null), Token));
        await Checkpoints.ReleaseAsync(Table, "first", Token);

        Assert.Equal((null, null), await OwnerAsync());
    }

    [Fact]
    public async Task A_released_lease_has_no_owner_and_no_end_and_still_names_the_stream_and_the_requests()
    {
        await Checkpoints.AcquireAsync(Claim("first", Now), Token);
        await Checkpoints.PointAsync(Table, "first", new(Arn, Now), Token);
        await AskAsync(paused: true);

        await Checkpoints.ReleaseAsync(Table, "first", Token);

        Assert.Equal((null, null), await OwnerAsync());
        var grant = await Checkpoints.AcquireAsync(Claim("second", Now), Token);
        Assert.Equal(new(Arn, Now), grant!.Stream);
        Assert.Equal((1L, true), (grant.Control.Version, grant.Control.Paused));
    }

    [Fact]
    public async Task A_stream_that_is_read_from_its_start_has_no_time_left_from_the_one_before_it()
    {
        await Checkpoints.AcquireAsync(Claim("first", Now), Token);
        await Checkpoints.PointAsync(Table, "first", new(Arn, Now), Token);

        Assert.True(await Checkpoints.PointAsync(Table, "first", new("next", null), Token));

        Assert.Equal(new("next", null), (await Checkpoints.RenewAsync(Claim("first", Now), Token))!.Stream);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(3600)]
    public async Task What_was_carried_out_is_stored_whole_and_the_resets_are_done(int? age)
    {
        await Checkpoints.AcquireAsync(Claim("first", Now), Token);
        await AskAsync(paused: true, new ShardReset(Arn, Shard, 1) { From = "17" });
        Assert.Single((await Operators.ReadControlAsync(Table, Token)).Resets);
        var taken = new ControlTaken(1, false, Now, age is { } seconds ? TimeSpan.FromSeconds(seconds) : null);

        Assert.True(await Checkpoints.TakeAsync(Table, "first", taken, Token));

        var control = await Operators.ReadControlAsync(Table, Token);
        Assert.Equal((taken, 1L, true), (control.Taken, control.Version, control.Paused));
        Assert.Empty(control.Resets);
        Assert.True(control.IsTaken);
    }

    [Fact]
    public async Task What_was_carried_out_is_not_stored_by_another_owner_nor_over_another_request()
    {
        await Checkpoints.AcquireAsync(Claim("first", Now), Token);
        Assert.True(await Checkpoints.TakeAsync(Table, "first", new(0, true, Now, null), Token));
        await AskAsync(paused: true);

        Assert.False(await Checkpoints.TakeAsync(Table, "first", new(0, true, Now, null), Token));
        Assert.False(await Checkpoints.TakeAsync(Table, "first", new(2, true, Now, null), Token));
        Assert.False(await Checkpoints.TakeAsync(Table, "second", new(1, true, Now, null), Token));

        Assert.Equal(0, (await Operators.ReadControlAsync(Table, Token)).Taken?.Version);
        Assert.True(await Checkpoints.TakeAsync(Table, "first", new(1, true, Now, null), Token));
    }

    private async Task<(string? Owner, DateTimeOffset? Until)> OwnerAsync()
    {
        var control = await Operators.ReadControlAsync(Table, Token);
        return (control.Owner, control.OwnedUntil);
    }

    private async Task AskAsync(bool paused, params ShardReset[] resets)
    {
        var seen = await Operators.ReadControlAsync(Table, Token);
        var request = new ControlRequest("pause", "ann@desk", Now);
        Assert.True(
            await Operators.TryAskAsync(
                Table,
                seen,
                seen with
                {
                    Paused = paused,
                    PausedBy = request,
                    Last = request,
                    Resets = resets,
                },
                Token
            )
        );
    }
}
