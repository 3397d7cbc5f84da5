using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>How the shards of a stream are looked for, and which checkpoints go with those that are no longer there.</summary>
public sealed class StreamListingTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider time = FakeTime.New();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_list_without_any_shard_forgets_no_checkpoint()
    {
        var stream = new SimulatedStream();
        using var simulation = new Simulation(new(), stream, new FunctionOf(_ => FunctionOf.Success), time: time);
        var checkpoints = (InMemoryCheckpoints)simulation.Checkpoints;
        await checkpoints.SaveAsync(SimulatedStream.Arn, "done", new(Number(1), [], Completed: true), Token);

        await time.RunUntilAsync(simulation.DeliverAsync(Token), Second);

        Assert.Equal("done", Assert.Single(checkpoints.Shards).Key.ShardId);
    }

    [Fact]
    public async Task Of_the_shards_that_are_no_longer_listed_only_those_that_are_done_are_forgotten()
    {
        var stream = Stream(1);
        using var simulation = new Simulation(new(), stream, new FunctionOf(_ => FunctionOf.Success), time: time);
        var checkpoints = (InMemoryCheckpoints)simulation.Checkpoints;
        await checkpoints.SaveAsync(SimulatedStream.Arn, "done", new(Number(1), [], Completed: true), Token);
        await checkpoints.SaveAsync(SimulatedStream.Arn, "under way", new(Number(1), []), Token);
        await checkpoints.SaveAsync("another stream", "done", new(Number(1), [], Completed: true), Token);

        await time.RunUntilAsync(simulation.DeliverAsync(Token), Second);

        Assert.Equal(
            ["another stream/done", $"{SimulatedStream.Arn}/shardId-0000", $"{SimulatedStream.Arn}/under way"],
            checkpoints.Shards.Keys.Select(key => $"{key.StreamArn}/{key.ShardId}").Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Lists_that_fail_are_reported_until_one_succeeds_and_logged_once_in_a_row()
    {
        var stream = Stream(1);
        stream.Latest = SimulatedStream.Arn;
        var log = new FakeLogger<DeliveryContext>();
        using var simulation = new Simulation(
            new(),
            stream,
            new FunctionOf(_ => FunctionOf.Success),
            time: time,
            retryDelay: 1000,
            logger: log
        );
        var unlisted = new List<bool>();
        stream.AfterList = () =>
        {
            unlisted.Add(simulation.Status.Report().SecondsUnlisted > 0);
            if (unlisted.Count is 1 or 2 or 4 or 5)
                throw new IOException("access denied");
            if (unlisted.Count == 6)
                stream.Latest = "another";
        };

        await time.RunUntilAsync(simulation.DeliverAsync(Token), Second);

        Assert.Equal([false, true, true, false, true, true], unlisted.Take(6));
        Assert.Equal(
            Enumerable.Repeat($"Could not list the shards of {SimulatedStream.Arn}, trying again: access denied", 2),
            log.Collector.GetSnapshot().Where(line => line.Level == LogLevel.Warning).Select(line => line.Message)
        );
        Assert.Equal(0, simulation.Status.Report().SecondsUnlisted);
    }

    [Fact]
    public async Task Lists_that_fail_are_asked_for_again_after_pauses_that_grow_from_the_retry_delay()
    {
        var stream = new SimulatedStream { Latest = SimulatedStream.Arn };
        var asked = new List<DateTimeOffset>();
        stream.BeforeFind = () =>
        {
            asked.Add(time.GetUtcNow());
            if (asked.Count < 4)
                throw new IOException("access denied");
            stream.Latest = "another";
        };
        using var simulation = new Simulation(
            new(),
            stream,
            new FunctionOf(_ => FunctionOf.Success),
            time: time,
            retryDelay: 20_000 // at least half of it is waited for, and then of its double
        );

        await time.RunUntilAsync(simulation.DeliverAsync(Token), Second / 2);

        var pauses = asked.Zip(asked.Skip(1)).Select(pair => (pair.Second - pair.First).TotalSeconds).ToList();
        Assert.Equal(3, pauses.Count);
        Assert.True(pauses[0] >= 10 && pauses[1] >= 20 && pauses[2] >= 20, string.Join(", ", pauses));
    }

    [Fact]
    public async Task A_stream_that_no_longer_exists_is_left_and_its_shards_with_it()
    {
        var stream = new SimulatedStream { Latest = SimulatedStream.Arn };
        stream.Add(null).Closed = false;
        var lists = 0;
        stream.AfterList = () =>
        {
            if (++lists == 3)
                throw new StreamException(StreamFault.Gone, new IOException("no such stream"));
        };
        using var simulation = new Simulation(new(), stream, new FunctionOf(_ => FunctionOf.Success), time: time);

        await time.RunUntilAsync(simulation.DeliverAsync(Token), Second);

        Assert.Equal(3, lists);
        Assert.Empty(simulation.Status.Report().Shards);
    }
}
