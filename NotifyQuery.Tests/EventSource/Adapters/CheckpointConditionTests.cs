using Amazon.DynamoDBv2.Model;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Adapters;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// The conditions of the checkpoint table, each at its edge: who may write, what is older or newer by one, and what a write leaves behind.
/// </summary>
public sealed class CheckpointConditionTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>, IAsyncLifetime
{
    private const string Table = "commands";
    private const string Arn = "arn";
    private const string Shard = "shard";
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    private Engine? engine;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private DynamoDBCheckpoints Checkpoints => new(engine!.Client, "stream-checkpoints", FakeTime.New());

    private CheckpointTable Operators => new(engine!.Client, "stream-checkpoints");

    public async ValueTask InitializeAsync() => engine = await Engine.CreateAsync(local);

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

    [Fact]
    public async Task A_reset_is_carried_out_once_and_a_later_one_again()
    {
        await SaveAsync(new("20", [null, "30"], Completed: true));

        Assert.True(await Checkpoints.ResetAsync(new(Arn, Shard, 2), Token));
        Assert.Equal((null, 0, false, null, 2L), await KeptAsync());
        await SaveAsync(new("10", []) { Generation = 2 });
        Assert.False(await Checkpoints.ResetAsync(new(Arn, Shard, 1), Token));
        Assert.False(await Checkpoints.ResetAsync(new(Arn, Shard, 2), Token));
        Assert.Equal(("10", 0, false, null, 2L), await KeptAsync());

        Assert.True(await Checkpoints.ResetAsync(new(Arn, Shard, 3), Token));
        Assert.Equal((null, 0, false, null, 3L), await KeptAsync());
    }

    [Fact]
    public async Task A_reset_to_a_record_sets_where_to_begin_and_forgets_what_was_done()
    {
        await SaveAsync(new("20", [null, "30"], Completed: true));

        Assert.True(await Checkpoints.ResetAsync(new(Arn, Shard, 1) { From = "17" }, Token));

        Assert.Equal((null, 0, false, "17", 1L), await KeptAsync());
        Assert.True(await Checkpoints.SaveAsync(Arn, Shard, new("17", []) { Generation = 1 }, Token));
        Assert.True(await Checkpoints.ResetAsync(new(Arn, Shard, 2), Token)); // to the oldest record
        Assert.Equal((null, 0, false, null, 2L), await KeptAsync());
    }

    [Fact]
    public async Task A_reset_to_behind_a_record_moves_a_shard_forward_and_never_back()
    {
        await SaveAsync(new("9", [null, "30"], Completed: true));
        await Checkpoints.ResetAsync(new(Arn, Shard, 1) { From = "9" }, Token);
        await Checkpoints.SaveAsync(Arn, Shard, new("9", [null, "30"]) { Generation = 1 }, Token);

        Assert.False(await Checkpoints.ResetAsync(new(Arn, Shard, 2) { After = "8" }, Token));
        Assert.False(await Checkpoints.ResetAsync(new(Arn, Shard, 2) { After = "9" }, Token));
        Assert.Equal(("9", 2, false, "9", 1L), await KeptAsync());

        Assert.True(await Checkpoints.ResetAsync(new(Arn, Shard, 2) { After = "10" }, Token)); // 10 is after 9, as a number
        Assert.Equal(("10", 0, false, null, 2L), await KeptAsync());
        Assert.False(await Checkpoints.SaveAsync(Arn, Shard, new("9", []) { Generation = 2 }, Token));
    }

    [Fact]
    public async Task A_checkpoint_of_another_generation_is_refused_whether_older_or_newer()
    {
        Assert.False(await Checkpoints.SaveAsync(Arn, Shard, new("1", []) { Generation = 1 }, Token));
        await Checkpoints.ResetAsync(new(Arn, Shard, 2), Token);

        foreach (var generation in new[] { 0, 1, 3 })
            Assert.False(await Checkpoints.SaveAsync(Arn, Shard, new("50", []) { Generation = generation }, Token));

        Assert.True(await Checkpoints.SaveAsync(Arn, Shard, new("1", []) { Generation = 2 }, Token));
        Assert.Equal(("1", 0, false, null, 2L), await KeptAsync());
    }

    [Fact]
    public async Task A_checkpoint_may_be_stored_again_and_is_refused_behind_the_one_that_is_there()
    {
        await SaveAsync(new("10", [null, "12"]));
        await SaveAsync(new("10", ["11", "12"]));
        Assert.Equal(("10", 2, false, null, 0L), await KeptAsync());

        Assert.False(await Checkpoints.SaveAsync(Arn, Shard, new("9", [], Completed: true), Token));
        Assert.False(await Checkpoints.SaveAsync(Arn, Shard, new(null, []), Token));

        Assert.Equal(("10", 2, false, null, 0L), await KeptAsync());
        Assert.Equal(["11", "12"], (await Checkpoints.LoadAsync(Arn, Token))[Shard].Lanes);
    }

    [Fact]
    public async Task Each_write_says_when_it_was_made()
    {
        await SaveAsync(new("10", []));
        Assert.Equal("2026-01-02T03:04:05.000Z", await UpdatedAsync());

        await engine!.Client.UpdateItemAsync(
            new()
            {
                TableName = "stream-checkpoints",
                Key = CheckpointItem.Key(Arn, Shard),
                UpdateExpression = "REMOVE updated_at",
            },
            Token
        );
        await Checkpoints.ResetAsync(new(Arn, Shard, 1), Token);
        Assert.Equal("2026-01-02T03:04:05.000Z", await UpdatedAsync());

        async Task<string?> UpdatedAsync() =>
            (await engine!.Client.GetItemAsync("stream-checkpoints", CheckpointItem.Key(Arn, Shard), Token))
                .Item.GetValueOrDefault("updated_at")
                ?.S;
    }

    [Fact]
    public async Task Only_the_checkpoint_that_is_named_is_forgotten()
    {
        await SaveAsync(new("10", []));
        await Checkpoints.SaveAsync(Arn, "other", new("11", []), Token);

        await Checkpoints.ForgetAsync(Arn, Shard, Token);

        Assert.Equal("other", Assert.Single(await Checkpoints.LoadAsync(Arn, Token)).Key);
    }

    [Fact]
    public async Task An_error_that_is_no_failed_condition_is_not_taken_for_one()
    {
        var checkpoints = new DynamoDBCheckpoints(engine!.Client, "no-such-table", FakeTime.New());

        await Assert.ThrowsAsync<ResourceNotFoundException>(() => checkpoints.AcquireAsync(Claim("first", Now), Token));
        await Assert.ThrowsAsync<ResourceNotFoundException>(() => checkpoints.SaveAsync(Arn, Shard, new("1", []), Token));
    }

    public ValueTask DisposeAsync()
    {
        engine?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static LeaseClaim Claim(string owner, DateTimeOffset now) => new(Table, owner, now, now.AddSeconds(5));

    private async Task SaveAsync(ShardCheckpoint checkpoint) => Assert.True(await Checkpoints.SaveAsync(Arn, Shard, checkpoint, Token));

    private async Task<(string? SequenceNumber, int Lanes, bool Completed, string? From, long Generation)> KeptAsync()
    {
        var kept = (await Checkpoints.LoadAsync(Arn, Token))[Shard];
        return (kept.SequenceNumber, kept.Lanes.Count, kept.Completed, kept.From, kept.Generation);
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
