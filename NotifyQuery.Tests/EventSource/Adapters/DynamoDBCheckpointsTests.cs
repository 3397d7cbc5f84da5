using Amazon.DynamoDBv2.Model;
using NotifyQuery.EventSource.Adapters;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.EventSource;

public sealed class DynamoDBCheckpointsTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public async Task A_checkpoint_is_kept_whole_and_moves_forward_only()
    {
        using var engine = await Engine.CreateAsync(local);
        var checkpoints = new DynamoDBCheckpoints(engine.Client, "stream-checkpoints", TimeProvider.System);
        var cancellation = TestContext.Current.CancellationToken;

        Assert.True(await checkpoints.SaveAsync("arn", "shard", new(null, [null, "000000000000000000009"]), cancellation));
        Assert.Equal([null, "000000000000000000009"], (await checkpoints.LoadAsync("arn", cancellation))["shard"].Lanes);

        Assert.True(await checkpoints.SaveAsync("arn", "shard", new("000000000000000000010", []), cancellation));
        Assert.False(await checkpoints.SaveAsync("arn", "shard", new("000000000000000000009", []), cancellation));
        Assert.True(await checkpoints.SaveAsync("arn", "shard", new("000000000000000000010", [], Completed: true), cancellation));

        var kept = Assert.Single(await checkpoints.LoadAsync("arn", cancellation));
        Assert.Equal(
            ("shard", "000000000000000000010", true, 0),
            (kept.Key, kept.Value.SequenceNumber, kept.Value.Completed, kept.Value.Lanes.Count)
        );

        await checkpoints.ForgetAsync("arn", "shard", cancellation);
        Assert.Empty(await checkpoints.LoadAsync("arn", cancellation));
    }

    [Fact]
    public async Task The_lease_has_one_owner_until_it_expires_or_is_given_back_and_remembers_the_stream_for_the_next()
    {
        using var engine = await Engine.CreateAsync(local);
        var checkpoints = new DynamoDBCheckpoints(engine.Client, "stream-checkpoints", TimeProvider.System);
        var cancellation = TestContext.Current.CancellationToken;

        Assert.Null((await checkpoints.AcquireAsync(Claim("first", 0), cancellation))!.Stream);
        Assert.Null(await checkpoints.AcquireAsync(Claim("second", 4), cancellation));
        Assert.True(await checkpoints.PointAsync("commands", "first", new("arn", Now), cancellation));
        Assert.False(await checkpoints.PointAsync("commands", "second", new("other", null), cancellation));
        Assert.NotNull(await checkpoints.RenewAsync(Claim("first", 4), cancellation));
        Assert.Null(await checkpoints.AcquireAsync(Claim("second", 8), cancellation));

        Assert.Equal(new("arn", Now), (await checkpoints.AcquireAsync(Claim("second", 10), cancellation))!.Stream);
        Assert.Null(await checkpoints.RenewAsync(Claim("first", 10), cancellation));
        await checkpoints.ReleaseAsync("commands", "first", cancellation);
        Assert.Null(await checkpoints.AcquireAsync(Claim("first", 11), cancellation));

        Assert.True(await checkpoints.PointAsync("commands", "second", new("next", null), cancellation));
        await checkpoints.ReleaseAsync("commands", "second", cancellation);
        Assert.Equal(new("next", null), (await checkpoints.AcquireAsync(Claim("first", 11), cancellation))!.Stream);
    }

    public static TheoryData<string, Dictionary<string, AttributeValue>> Unreadable =>
        new()
        {
            {
                "a number in the place of a text",
                new()
                {
                    ["checkpoint"] = new() { N = "7" },
                    ["checkpoint_order"] = new() { N = "7" },
                }
            },
            {
                "a text that is no number",
                new() { ["checkpoint"] = new("abc"), ["checkpoint_order"] = new("abc") }
            },
            {
                "a number that no stream gives",
                new() { ["checkpoint"] = new(new string('9', 65)), ["checkpoint_order"] = new(new string('9', 65)) }
            },
            {
                "a text in the place of the lanes",
                new() { ["lane_checkpoints"] = new("abc") }
            },
            {
                "lanes that are none",
                new() { ["lane_checkpoints"] = new() { L = [new() { N = "7" }, new("abc")] } }
            },
            {
                "a text in the place of a truth",
                new() { ["completed"] = new("true") }
            },
            { "nothing", [] },
        };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task A_checkpoint_that_cannot_be_read_is_none_and_is_written_over(
        string what,
        Dictionary<string, AttributeValue> attributes
    )
    {
        using var engine = await Engine.CreateAsync(local);
        var checkpoints = new DynamoDBCheckpoints(engine.Client, "stream-checkpoints", TimeProvider.System);
        var cancellation = TestContext.Current.CancellationToken;
        await engine.Client.PutItemAsync(
            "stream-checkpoints",
            new(attributes) { ["stream_arn"] = new("arn"), ["shard_id"] = new("shard") },
            cancellation
        );

        var read = (await checkpoints.LoadAsync("arn", cancellation))["shard"];
        Assert.True(read is { SequenceNumber: null, Lanes.Count: 0, Completed: false }, $"{what} is read as {read}");

        Assert.True(
            await checkpoints.SaveAsync("arn", "shard", new("000000000000000000010", []), cancellation),
            $"{what} is not written over"
        );
        Assert.Equal("000000000000000000010", (await checkpoints.LoadAsync("arn", cancellation))["shard"].SequenceNumber);
    }

    [Fact]
    public async Task A_lease_that_cannot_be_read_is_nobodys()
    {
        using var engine = await Engine.CreateAsync(local);
        var checkpoints = new DynamoDBCheckpoints(engine.Client, "stream-checkpoints", TimeProvider.System);
        var cancellation = TestContext.Current.CancellationToken;
        foreach (
            var odd in (Dictionary<string, AttributeValue>[])
                [
                    new() { ["lease_owner"] = new("somebody") },
                    new() { ["lease_owner"] = new("somebody"), ["lease_expires_at"] = new("for ever") },
                    new()
                    {
                        ["lease_owner"] = new() { N = "7" },
                        ["lease_expires_at"] = new() { NULL = true },
                        ["current_stream"] = new() { N = "7" },
                    },
                    new() { ["current_stream"] = new("arn"), ["current_since"] = new("yesterday") },
                    new()
                    {
                        ["current_stream"] = new("arn"),
                        ["current_since"] = new() { N = "99999999999999999" },
                    },
                ]
        )
        {
            await engine.Client.PutItemAsync(
                "stream-checkpoints",
                new(odd) { ["stream_arn"] = new("commands"), ["shard_id"] = new("#lease") },
                cancellation
            );

            var grant = await checkpoints.AcquireAsync(Claim("first", 0), cancellation);

            Assert.NotNull(grant);
            Assert.Equal(odd.GetValueOrDefault("current_stream")?.S is { } arn ? new(arn, null) : null, grant.Stream);
        }
    }

    private static LeaseClaim Claim(string owner, int second) => new("commands", owner, Now.AddSeconds(second), Now.AddSeconds(second + 5));
}
