using System.Collections.Concurrent;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.EventSource;

/// <summary>A shard is delivered after its parent, once, also where the stream does not know a shard that it lists.</summary>
public sealed class ShardOrderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_child_begins_only_when_everything_in_its_parent_is_done()
    {
        var stream = new SimulatedStream();
        var parent = stream.Add(null);
        var child = stream.Add(parent.Id);
        var grandchild = stream.Add(child.Id);
        parent.Records.Add(Records.Of(1));
        child.Records.Add(Records.Of(2));
        grandchild.Records.Add(Records.Of(3));
        var failures = new ConcurrentDictionary<string, int>();
        var function = new FunctionOf(batch =>
            failures.AddOrUpdate(batch[0].SequenceNumber, 1, (_, count) => count + 1) < 3 ? FunctionOf.Thrown : FunctionOf.Success
        );
        using var simulation = new Simulation(new() { ParallelizationFactor = 3 }, stream, function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["1", "1", "1", "2", "2", "2", "3", "3", "3"], function.Batches.Select(batch => batch.Single()));
    }

    [Fact]
    public async Task A_shard_that_is_done_is_not_read_again_and_its_checkpoint_goes_when_the_shard_goes()
    {
        var stream = new SimulatedStream();
        var parent = stream.Add(null);
        parent.Records.Add(Records.Of(1));
        var child = stream.Add(parent.Id);
        child.Records.Add(Records.Of(2));
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new(), stream, function);
        var checkpoints = (InMemoryCheckpoints)simulation.Checkpoints;
        await simulation.DeliverAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, checkpoints.Shards.Count);

        stream.Remove(parent);
        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, function.Batches.Count);
        Assert.Equal(child.Id, Assert.Single(checkpoints.Shards).Key.ShardId);
    }

    [Fact]
    public async Task A_parent_that_is_listed_but_gone_counts_as_done()
    {
        var time = FakeTime.New();
        var stream = new SimulatedStream();
        var parent = stream.Add(null);
        var child = stream.Add(parent.Id);
        child.Records.Add(Records.Of(2));
        stream.Add(child.Id).Records.Add(Records.Of(3));
        stream.BeforeOpen = (shard, _) =>
        {
            if (shard == parent.Id)
                throw new StreamException(StreamFault.Gone, new IOException("no such shard"));
        };
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new(), stream, function, time: time);

        await time.RunUntilAsync(simulation.DeliverAsync(Token), TimeSpan.FromSeconds(1));

        Assert.Equal(
            [
                ["2"],
                ["3"],
            ],
            function.Batches
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // another failure before does not count as an answer that the shard is unknown
    public async Task A_shard_that_is_unknown_for_a_moment_is_delivered_before_its_children(bool failsBefore)
    {
        var time = FakeTime.New();
        var stream = new SimulatedStream();
        var parent = stream.Add(null);
        parent.Records.Add(Records.Of(1));
        stream.Add(parent.Id).Records.Add(Records.Of(2));
        var asked = failsBefore ? -1 : 0;
        stream.BeforeOpen = (_, _) =>
        {
            if (++asked == 0)
                throw new InvalidOperationException("a fault of our own");
            if (asked <= 2)
                throw new StreamException(StreamFault.Gone, new IOException("no such shard"));
        };
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new(), stream, function, time: time);

        await time.RunUntilAsync(simulation.DeliverAsync(Token), TimeSpan.FromSeconds(1));

        Assert.Equal(
            [
                ["1"],
                ["2"],
            ],
            function.Batches
        );
    }
}
