using NotifyQuery.EventSource.Hosting;
using NotifyQuery.EventSource.Ports;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// LATEST begins at the moment of the start: what was surely written before it is left out, and nothing that was written later is lost.
/// </summary>
public sealed class LatestPositionTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 12, 34, 40, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LATEST_leaves_out_what_was_there_and_delivers_what_comes_also_after_a_restart_before_the_first_checkpoint()
    {
        var stream = new SimulatedStream();
        var shard = stream.Add(null);
        shard.Closed = false;
        var start = DateTimeOffset.UtcNow;
        for (var i = 1; i <= 5; i++)
            shard.Records.Add(Records.Of(i, createdAt: start.AddMinutes(-2)));
        var pointer = new StreamPointer(SimulatedStream.Arn, start);
        using var crash = new CancellationTokenSource();
        var function = new FunctionOf(
            async (_, cancellation) =>
            {
                if (crash.IsCancellationRequested)
                    return FunctionOf.Success;
                await crash.CancelAsync();
                cancellation.ThrowIfCancellationRequested();
                return FunctionOf.Success;
            }
        );
        stream.BeforeRead = (_, reads) =>
        {
            if (reads == 2)
                shard.Write(Records.Of(6, createdAt: start.AddSeconds(1)));
        };
        using var simulation = new Simulation(new() { StartingPosition = EventSourceOptions.Latest }, stream, function);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => simulation.DeliverAsync(crash.Token, pointer));
        shard.Closed = true;
        await simulation.DeliverAsync(TestContext.Current.CancellationToken, pointer, fresh: false);

        Assert.Equal(
            [
                ["6"],
                ["6"],
            ],
            function.Batches
        );
    }

    [Fact]
    public async Task LATEST_delivers_what_was_written_after_the_start_to_a_shard_that_was_closed_before_it_was_seen()
    {
        var stream = new SimulatedStream();
        stream.Add(null).Records.AddRange([Records.Of(1, createdAt: Start.AddMinutes(-2)), Records.Of(2, createdAt: Start.AddSeconds(1))]);
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new() { StartingPosition = EventSourceOptions.Latest }, stream, function);

        await simulation.DeliverAsync(Token, new(SimulatedStream.Arn, Start)).WaitAsync(TimeLimit, Token);

        Assert.Equal(
            [
                ["2"],
            ],
            function.Batches
        );
    }

    [Fact]
    public async Task LATEST_is_the_position_of_the_shards_that_are_there_at_the_start_alone()
    {
        var stream = new SimulatedStream { Latest = SimulatedStream.Arn };
        var first = stream.Add(null);
        first.Closed = false;
        first.Records.Add(Records.Of(1, createdAt: Start.AddMinutes(-2)));
        SimulatedStream.Shard? child = null;
        var lists = 0;
        stream.AfterList = () =>
        {
            if (++lists != 1)
                return;
            child = stream.Add(first.Id);
            child.Closed = false;
            child.Records.Add(Records.Of(2, createdAt: Start.AddSeconds(1)));
            stream.Latest = "another";
        };
        stream.BeforeRead = (shard, reads) =>
        {
            if (shard == first.Id)
                first.Closed = true;
            else if (reads == 3)
                child!.Closed = true;
        };
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new() { StartingPosition = EventSourceOptions.Latest }, stream, function);

        await simulation.DeliverAsync(Token, new(SimulatedStream.Arn, Start)).WaitAsync(TimeLimit, Token);

        Assert.Equal(
            [
                ["2"],
            ],
            function.Batches
        );
    }

    [Theory]
    [InlineData(40, "12:34:00", true)] // cut to the minute: it may have been written at 12:34:59
    [InlineData(40, "12:33:00", false)] // written at 12:33:59 at the latest
    [InlineData(0, "12:33:00", false)]
    [InlineData(0, "12:33:01", true)]
    [InlineData(40, "12:34:41", true)]
    public async Task LATEST_leaves_out_only_what_was_surely_written_before_the_start_however_coarse_the_stamps_are(
        int second,
        string stamp,
        bool delivered
    )
    {
        var since = new DateTimeOffset(2026, 1, 2, 12, 34, second, TimeSpan.Zero);
        var stream = new SimulatedStream();
        stream.Add(null).Records.Add(Records.Of(1, createdAt: since.Date + TimeSpan.Parse(stamp, null)));
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new() { StartingPosition = EventSourceOptions.Latest }, stream, function);

        await simulation.DeliverAsync(Token, new(SimulatedStream.Arn, since), fresh: false).WaitAsync(TimeLimit, Token);

        Assert.Equal(delivered, function.Batches.Count == 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task LATEST_loses_nothing_when_a_read_fails_before_the_first_record(bool expired)
    {
        var stream = new SimulatedStream();
        var shard = stream.Add(null);
        shard.Closed = false;
        for (var i = 1; i <= 5; i++)
            shard.Records.Add(Records.Of(i, createdAt: Start.AddMinutes(-2)));
        stream.BeforeRead = (_, reads) =>
        {
            if (reads == 4)
                shard.Closed = true;
            if (reads != 2)
                return;
            shard.Write(Records.Of(6, createdAt: Start.AddSeconds(1)));
            throw expired ? new StreamException(StreamFault.IteratorExpired, new IOException("expired")) : new IOException("throttled");
        };
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new() { StartingPosition = EventSourceOptions.Latest }, stream, function);

        await simulation.DeliverAsync(Token, new(SimulatedStream.Arn, Start)).WaitAsync(TimeLimit, Token);

        Assert.Equal(
            [
                ["6"],
            ],
            function.Batches
        );
    }
}
