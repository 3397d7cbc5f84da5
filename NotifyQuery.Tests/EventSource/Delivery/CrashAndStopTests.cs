using NotifyQuery.EventSource.Delivery;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Crashes and stops in the middle of a stream: no record is lost, and none is delivered twice without need.</summary>
public sealed class CrashAndStopTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_around_a_dead_letter_loses_neither_the_letter_nor_the_place(bool afterwards)
    {
        using var crash = new CancellationTokenSource();
        using var simulation = new Simulation(new() { MaximumRetryAttempts = 0 }, Stream(1), new FunctionOf(_ => FunctionOf.Thrown));
        var checkpoints = (InMemoryCheckpoints)simulation.Checkpoints;
        async Task CrashAsync(CancellationToken token)
        {
            Assert.Empty(checkpoints.Shards);
            await crash.CancelAsync();
            token.ThrowIfCancellationRequested();
        }

        if (afterwards)
            simulation.DeadLetters.AfterPut = CrashAsync;
        else
            simulation.DeadLetters.BeforePut = CrashAsync;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => simulation.DeliverAsync(crash.Token).WaitAsync(TimeLimit, Token));
        Assert.Empty(checkpoints.Shards);

        (simulation.DeadLetters.BeforePut, simulation.DeadLetters.AfterPut) = (null, null);
        await simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token);

        Assert.Equal("event-1", Assert.Single(simulation.DeadLetters.Letters).Key);
        Assert.True(Assert.Single(checkpoints.Shards).Value.Completed);
    }

    [Fact]
    public async Task A_stop_lets_a_dead_letter_be_kept_with_its_checkpoint()
    {
        using var stop = new CancellationTokenSource();
        var function = new FunctionOf(_ => FunctionOf.Thrown);
        using var simulation = new Simulation(new() { MaximumRetryAttempts = 0, BatchSize = 1 }, Stream(2), function);
        simulation.DeadLetters.BeforePut = _ => stop.CancelAsync();

        await StoppedAsync(simulation, new(stop.Token, CancellationToken.None));

        Assert.Equal(["event-1"], simulation.DeadLetters.Letters.Keys);
        Assert.Equal(Number(1), Checkpoint(simulation));
        Assert.Equal(
            [
                ["1"],
            ],
            function.Batches
        );
    }

    [Fact]
    public async Task What_does_not_end_after_a_stop_is_abandoned()
    {
        using var stop = new CancellationTokenSource();
        using var abandon = new CancellationTokenSource();
        using var simulation = new Simulation(new() { MaximumRetryAttempts = 0 }, Stream(1), new FunctionOf(_ => FunctionOf.Thrown));
        simulation.DeadLetters.BeforePut = async token =>
        {
            await stop.CancelAsync();
            abandon.CancelAfter(TimeSpan.FromMilliseconds(50));
            await Task.Delay(Timeout.Infinite, token);
        };

        await StoppedAsync(simulation, new(stop.Token, abandon.Token));

        Assert.Empty(simulation.DeadLetters.Letters);
        Assert.Empty(((InMemoryCheckpoints)simulation.Checkpoints).Shards);
    }

    [Fact]
    public async Task A_stop_lets_the_invocation_under_way_finish_keeps_what_it_did_and_begins_no_other()
    {
        using var stop = new CancellationTokenSource();
        var stream = new SimulatedStream();
        var shard = stream.Add(null);
        shard.Records.AddRange([Records.Of(1), Records.Of(2), Records.Of(3), Records.Of(4)]);
        shard.Closed = false; // its reader stops while the lane works
        var function = new FunctionOf(
            async (_, cancellation) =>
            {
                if (stop.IsCancellationRequested)
                    return FunctionOf.Success;
                await stop.CancelAsync();
                await Task.Delay(50, cancellation); // all that stops has time to take this along
                return FunctionOf.Success;
            }
        );
        using var simulation = new Simulation(new() { BatchSize = 2 }, stream, function);

        await StoppedAsync(simulation, new(stop.Token, CancellationToken.None));
        Assert.Equal(Number(2), Checkpoint(simulation));
        Assert.Equal(
            [
                ["1", "2"],
            ],
            function.Batches
        );

        shard.Closed = true;
        await simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token);
        Assert.Equal(
            [
                ["1", "2"],
                ["3", "4"],
            ],
            function.Batches
        );
    }

    [Fact]
    public async Task A_stop_between_the_halves_of_a_batch_keeps_the_first_and_leaves_the_second_to_the_next_start()
    {
        using var stop = new CancellationTokenSource();
        var stopped = false;
        var function = new FunctionOf(
            async (records, _) =>
            {
                if (records.Count > 1)
                    return FunctionOf.Thrown;
                if (!stopped)
                    await stop.CancelAsync();
                return FunctionOf.Success;
            }
        );
        using var simulation = new Simulation(new() { BisectBatchOnFunctionError = true }, Stream(2), function);

        await StoppedAsync(simulation, new(stop.Token, CancellationToken.None));
        Assert.Equal(Number(1), Checkpoint(simulation));
        Assert.Equal(
            [
                ["1", "2"],
                ["1"],
            ],
            function.Batches
        );

        stopped = true;
        await simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token);
        Assert.Equal(["2"], function.Batches.Last());
        Assert.Equal(3, function.Batches.Count);
    }

    [Fact]
    public async Task An_invocation_that_is_abandoned_is_repeated()
    {
        using var stop = new CancellationTokenSource();
        using var abandon = new CancellationTokenSource();
        var function = new FunctionOf(
            async (_, cancellation) =>
            {
                if (abandon.IsCancellationRequested)
                    return FunctionOf.Success;
                await stop.CancelAsync();
                await abandon.CancelAsync();
                await Task.Delay(Timeout.Infinite, cancellation);
                return FunctionOf.Success;
            }
        );
        using var simulation = new Simulation(new(), Stream(2), function);

        await StoppedAsync(simulation, new(stop.Token, abandon.Token));
        await simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token);

        Assert.Equal(
            [
                ["1", "2"],
                ["1", "2"],
            ],
            function.Batches
        );
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_the_pause_after_a_failure_and_makes_no_further_attempt()
    {
        var time = FakeTime.New(); // on which no pause ever ends
        using var stop = new CancellationTokenSource();
        var function = new FunctionOf(_ => FunctionOf.Thrown);
        using var simulation = new Simulation(new(), Stream(1), function, time: time, retryDelay: 1000);
        var delivering = simulation.DeliverAsync(new StopTokens(stop.Token, CancellationToken.None));
        await Eventually.TrueAsync(
            () => simulation.Status.Report() is { LastError: not null, Shards: [{ InvocationsInFlight: 0 }] },
            "the invocation has failed"
        );

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivering.WaitAsync(TimeLimit, Token));
        Assert.Equal(
            [
                ["1"],
            ],
            function.Batches
        );
    }

    private static async Task StoppedAsync(Simulation simulation, StopTokens stop) =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => simulation.DeliverAsync(stop).WaitAsync(TimeLimit, Token));

    private static string? Checkpoint(Simulation simulation) =>
        Assert.Single(((InMemoryCheckpoints)simulation.Checkpoints).Shards).Value.SequenceNumber;
}
