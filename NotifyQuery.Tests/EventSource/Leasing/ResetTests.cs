using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Health;
using static NotifyQuery.Tests.EventSource.ControlledDelivery;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Operators reset a shard: whoever delivers carries it out between two batches, once, whatever dies on the way.</summary>
public sealed class ResetTests : IAsyncDisposable
{
    private readonly ControlledDelivery delivery = new();

    [Theory]
    [InlineData(null, null, "1 2 3 4 5 6 7 8")]
    [InlineData("000000000000000000004", null, "4 5 6 7 8")]
    [InlineData(null, "000000000000000000008", "")]
    [InlineData(null, "000000000000000000002", "")] // never back
    public async Task A_reset_goes_on_from_the_position_that_was_asked_for_while_it_delivers_and_while_it_is_paused(
        string? from,
        string? after,
        string again
    )
    {
        delivery.Write(1, 8);
        var source = await delivery.StartAsync();
        await delivery.UntilAsync(() => delivery.Delivered.Count == 8, "all is delivered");
        delivery.Delivered.Clear();

        var asked = delivery.Checkpoints.Ask(null, delivery.Reset() with { From = from, After = after });
        await delivery.UntilAsync(() => delivery.Checkpoints.Control.Taken?.Version == asked, "the reset is taken");
        delivery.Write(9, 1);
        await delivery.UntilAsync(() => delivery.Delivered.Contains("9"), "what is new is delivered");
        Assert.Equal($"{again} 9".Trim(), string.Join(' ', delivery.Delivered));

        delivery.Checkpoints.Ask(paused: true);
        await delivery.UntilAsync(() => source.Status.State == EventSourceState.Paused, "it is paused");
        delivery.Delivered.Clear();
        asked = delivery.Checkpoints.Ask(null, delivery.Reset() with { From = from, After = after });
        await delivery.UntilAsync(() => delivery.Checkpoints.Control.Taken?.Version == asked, "the reset is taken");
        Assert.Empty(delivery.Delivered);
        delivery.Write(10, 1);
        delivery.Checkpoints.Ask(paused: false);
        await delivery.UntilAsync(() => delivery.Delivered.Contains("10"), "what is new is delivered");
        Assert.Equal(again.Length > 0 ? $"{again} 9 10" : "10", string.Join(' ', delivery.Delivered));
    }

    [Fact]
    public async Task A_reset_to_behind_all_that_waits_leaves_that_out_and_nothing_that_is_written_later()
    {
        delivery.Write(1, 2);
        var source = await delivery.StartAsync();
        await delivery.UntilAsync(() => delivery.Delivered.Count == 2, "it delivers");
        delivery.Checkpoints.Ask(paused: true);
        await delivery.UntilAsync(() => source.Status.State == EventSourceState.Paused, "it is paused");
        delivery.Write(3, 4);
        delivery.Checkpoints.Ask(null, delivery.Reset() with { After = "000000000000000000006" });
        delivery.Write(7, 2);

        delivery.Checkpoints.Ask(paused: false);
        await delivery.UntilAsync(() => delivery.Delivered.Count == 4, "it goes on");
        Assert.Equal("1 2 7 8", string.Join(' ', delivery.Delivered));
    }

    [Fact]
    public async Task A_reset_of_another_stream_than_the_one_that_is_delivered_changes_nothing()
    {
        delivery.Write(1, 3);
        await delivery.StartAsync();
        await delivery.UntilAsync(() => delivery.Delivered.Count == 3, "all is delivered");

        var asked = delivery.Checkpoints.Ask(
            null,
            new ShardReset("arn:aws:dynamodb:us-east-1:000000000000:table/commands/stream/0", delivery.Shard.Id, 0)
        );
        await delivery.UntilAsync(() => delivery.Checkpoints.Control.Taken?.Version == asked, "it is taken");
        delivery.Write(4, 1);
        await delivery.UntilAsync(() => delivery.Delivered.Contains("4"), "it delivers");
        Assert.Equal(Numbers(1, 4), delivery.Delivered);
    }

    [Theory]
    [InlineData("reset", "before")]
    [InlineData("reset", "after")]
    [InlineData("take", "before")]
    [InlineData("take", "after")]
    public async Task A_request_whose_carrying_out_fails_at_any_point_is_carried_out_to_its_end_and_once(string what, string when)
    {
        delivery.Write(1, 4);
        await delivery.StartAsync();
        await delivery.UntilAsync(() => delivery.Delivered.Count == 4, "all is delivered");
        var failures = 2;
        void Fail(string now)
        {
            if (now == when && Interlocked.Decrement(ref failures) >= 0)
                throw new InvalidOperationException("the process dies here");
        }

        if (what == "reset")
            delivery.Checkpoints.AroundReset = Fail;
        else
            delivery.Checkpoints.AroundTake = Fail;
        var asked = delivery.Checkpoints.Ask(null, delivery.Reset());

        await delivery.UntilAsync(
            () => delivery.Checkpoints.Control.Taken?.Version == asked && delivery.Delivered.Count == 8,
            "it is carried out"
        );
        Assert.True(failures < 0 || when == "after", $"{failures} failures are left");
        await delivery.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Equal([.. Numbers(1, 4), .. Numbers(1, 4)], delivery.Delivered);
        Assert.Empty(delivery.Checkpoints.Control.Resets);
    }

    [Fact]
    public async Task Of_a_shard_that_is_done_a_reset_delivers_all_again_its_children_after_it()
    {
        delivery.Write(1, 3);
        var child = delivery.Stream.Add(delivery.Shard.Id);
        child.Closed = false;
        child.Write(Records.Of(4));
        delivery.Shard.Closed = true;
        await delivery.StartAsync();
        await delivery.UntilAsync(() => delivery.Delivered.Count == 4, "all is delivered");
        await delivery.UntilAsync(
            () => delivery.Checkpoints.Shards[(SimulatedStream.Arn, delivery.Shard.Id)].Completed,
            "the parent is done"
        );

        delivery.Checkpoints.Ask(null, delivery.Reset(), delivery.Reset() with { ShardId = child.Id });
        await delivery.UntilAsync(() => delivery.Delivered.Count == 8, "all is delivered again");
        Assert.Equal("1 2 3 4 1 2 3 4", string.Join(' ', delivery.Delivered));
        await delivery.UntilAsync(
            () => delivery.Checkpoints.Shards[(SimulatedStream.Arn, delivery.Shard.Id)].Completed,
            "the parent is done again"
        );
    }

    public ValueTask DisposeAsync() => delivery.DisposeAsync();
}
