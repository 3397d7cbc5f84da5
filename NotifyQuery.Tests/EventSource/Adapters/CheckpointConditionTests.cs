using Amazon.DynamoDBv2.Model;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Adapters;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// The conditions of checkpoints in the checkpoint table, each at its edge: what is older or newer by one, and what a write leaves behind.
/// </summary>
public sealed class CheckpointConditionTests(DynamoDbLocal local) : CheckpointTableTests(local)
{
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

        await LoseAsync(CheckpointItem.UpdatedAt);
        await Checkpoints.ResetAsync(new(Arn, Shard, 1), Token);
        Assert.Equal("2026-01-02T03:04:05.000Z", await UpdatedAsync());

        async Task<string?> UpdatedAsync() =>
            (await Engine.Client.GetItemAsync("stream-checkpoints", CheckpointItem.Key(Arn, Shard), Token))
                .Item.GetValueOrDefault("updated_at")
                ?.S;
    }

    [Fact]
    public async Task A_checkpoint_in_the_place_of_one_whose_order_is_lost_leaves_nothing_of_it_behind()
    {
        await SaveAsync(new("10", ["11", null]));
        await LoseAsync(CheckpointItem.CheckpointOrder);

        await SaveAsync(new(null, []));

        Assert.Equal((null, 0, false, null, 0L), await KeptAsync());
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
        var checkpoints = new DynamoDBCheckpoints(Engine.Client, "no-such-table", FakeTime.New());

        await Assert.ThrowsAsync<ResourceNotFoundException>(() => checkpoints.AcquireAsync(Claim("first", Now), Token));
        await Assert.ThrowsAsync<ResourceNotFoundException>(() => checkpoints.SaveAsync(Arn, Shard, new("1", []), Token));
    }

    private async Task SaveAsync(ShardCheckpoint checkpoint) => Assert.True(await Checkpoints.SaveAsync(Arn, Shard, checkpoint, Token));

    private Task LoseAsync(string attribute) =>
        Engine.Client.UpdateItemAsync(
            new()
            {
                TableName = "stream-checkpoints",
                Key = CheckpointItem.Key(Arn, Shard),
                UpdateExpression = $"REMOVE {attribute}",
            },
            Token
        );

    private async Task<(string? SequenceNumber, int Lanes, bool Completed, string? From, long Generation)> KeptAsync()
    {
        var kept = (await Checkpoints.LoadAsync(Arn, Token))[Shard];
        return (kept.SequenceNumber, kept.Lanes.Count, kept.Completed, kept.From, kept.Generation);
    }
}
