using System.Collections.Concurrent;
using System.Globalization;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.Operations.Control;
using NotifyQuery.Tests.EventSource;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Operations.ControlledProjection;

namespace NotifyQuery.Tests.Operations;

/// <summary>Requests to deliver from another position of the stream, on DynamoDB Local.</summary>
public sealed class ProjectionResetTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private readonly ConcurrentQueue<string> delivered = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reset_delivers_from_the_oldest_record_from_one_that_is_named_or_from_behind_all_that_waits()
    {
        using var engine = await Engine.CreateAsync(local);
        var control = ControlOf(engine);
        await engine.PutAsync(1, 6);
        await using var source = await StartAsync(engine, delivered);
        await Eventually.TrueAsync(() => delivered.Count == 6, "it delivers");
        var numbers = delivered.ToArray();
        var shard = (await control.StatusAsync(Token)).Shards.Single().ShardId;

        var all = await control.ResetAsync("trim-horizon", null, "ann@desk", Within, Token);
        Assert.True(all.Done, all.Summary);
        Assert.Equal("1 shard reset to trim-horizon.", all.Summary);
        await Eventually.TrueAsync(() => delivered.Count == 12, "all is delivered again");

        delivered.Clear();
        var one = await control.ResetAsync(numbers[4], shard, "ann@desk", Within, Token);
        Assert.True(one.Done, one.Summary);
        await Eventually.TrueAsync(() => delivered.Count == 2, "two are delivered again");
        Assert.Equal(numbers[4..], delivered);

        delivered.Clear();
        await control.PauseAsync("ann@desk", Within, Token);
        await engine.PutAsync(7, 5);
        var latest = await control.ResetAsync("latest", null, "ann@desk", Within, Token);
        Assert.True(latest.Done, latest.Summary);
        Assert.Equal("1 shard reset to latest. Delivery is paused: 'projection resume' starts it from there.", latest.Summary);
        Assert.Null(latest.Status.OldestWaitingSeconds);
        Assert.Equal(
            "No record waits in any shard: every position is already the latest.",
            (await control.ResetAsync("latest", null, "ann@desk", Within, Token)).Summary
        );
        await engine.PutAsync(12, 1);
        await control.ResumeAsync("ann@desk", Within, Token);
        await Eventually.TrueAsync(() => !delivered.IsEmpty, "what came later is delivered");
        Assert.Single(delivered);
    }

    [Fact]
    public async Task A_position_that_does_not_exist_is_refused_with_the_existing_ones_and_nothing_is_changed()
    {
        using var engine = await Engine.CreateAsync(local);
        var control = ControlOf(engine);
        await engine.PutAsync(1, 3);
        await using (await StartAsync(engine, delivered))
            await Eventually.TrueAsync(() => delivered.Count == 3, "it delivers");
        var numbers = delivered.ToArray();
        var shard = (await control.StatusAsync(Token)).Shards.Single().ShardId;
        var beyond = (long.Parse(numbers[2], CultureInfo.InvariantCulture) + 1_000_000).ToString("D21", CultureInfo.InvariantCulture);

        await RefusedAsync(
            "A sequence number belongs to one shard: select it with --shard ('projection status' lists them).",
            numbers[1],
            null
        );
        await RefusedAsync(
            "--to is 'yesterday': it must be trim-horizon, latest or a sequence number (decimal digits).",
            "yesterday",
            null
        );
        await RefusedAsync(
            $"The stream has no shard 'shardId-0': it is unknown, or all that it held is older than 24 hours. It has {shard}.",
            "trim-horizon",
            "shardId-0"
        );
        await RefusedAsync($"The stream does not keep 0 any more (24 hours): the oldest record of {shard} is {numbers[0]}.", "0", shard);
        await RefusedAsync($"{shard} has no record {beyond}", beyond, shard);
        Assert.Equal(
            0,
            (await new CheckpointTable(engine.Client, "stream-checkpoints").ReadControlAsync("command-records", Token)).Version
        );

        async Task RefusedAsync(string message, string to, string? shardId)
        {
            var refused = await Assert.ThrowsAsync<ControlRefusedException>(() =>
                control.ResetAsync(to, shardId, "ann@desk", Within, Token)
            );
            Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
        }
    }
}
