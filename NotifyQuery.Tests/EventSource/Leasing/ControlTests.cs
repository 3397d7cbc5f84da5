using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Hosting;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What operators ask for: whoever delivers carries it out between two batches, once, whatever dies on the way.</summary>
public sealed class ControlTests : IAsyncDisposable
{
    private readonly ManualTime time = new();
    private readonly InMemoryCheckpoints checkpoints = new();
    private readonly SimulatedStream stream = new() { Latest = SimulatedStream.Arn };
    private readonly SimulatedStream.Shard shard;
    private readonly ConcurrentQueue<string> delivered = new();
    private readonly List<Running> running = [];
    private TaskCompletionSource? hold;
    private int underWay;

    public ControlTests()
    {
        shard = stream.Add(null);
        shard.Closed = false;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pause_lets_the_batch_under_way_finish_begins_none_and_loses_nothing()
    {
        hold = new();
        Write(1, 20);
        var source = await StartAsync();
        await UntilAsync(() => Volatile.Read(ref underWay) == 1, "a batch is under way");

        var asked = checkpoints.Ask(paused: true);
        await UntilAsync(() => source.Status.State == EventSourceState.Pausing, "it is being paused");
        Assert.NotEqual(asked, checkpoints.Control.Taken?.Version);
        Assert.Equal(EventSourceState.Pausing, source.Status.State);

        hold.SetResult();
        await UntilAsync(() => checkpoints.Control.Taken is { Enabled: false } taken && taken.Version == asked, "the pause is taken");
        Assert.Equal(EventSourceState.Paused, source.Status.State);
        Assert.Equal(Numbers(1, 5), delivered);
        Assert.Equal("000000000000000000005", checkpoints.Shards[(SimulatedStream.Arn, shard.Id)].SequenceNumber);

        Write(21, 5);
        await AdvanceAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(Numbers(1, 5), delivered);

        checkpoints.Ask(paused: false);
        await UntilAsync(() => delivered.Count == 25, "all is delivered");
        Assert.Equal(Numbers(1, 25), delivered);
        Assert.True(checkpoints.Control.Taken!.Enabled);
    }

    [Fact]
    public async Task A_paused_event_source_is_degraded_and_says_by_whom_and_since_when_and_its_gauge_is_1()
    {
        var source = await StartAsync();
        await UntilAsync(() => source.Status.State == EventSourceState.Delivering, "it delivers");
        checkpoints.Ask(paused: true);
        await UntilAsync(() => source.Status.State == EventSourceState.Paused, "it is paused");
        Write(1, 3);
        await AdvanceAsync(TimeSpan.FromMinutes(3));

        var health = await new EventSourceHealth(source.Status).CheckHealthAsync(new(), Token);

        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.StartsWith(
            "Paused since 1970-01-01T00:00:00.000Z by ann@desk: nothing is delivered until 'projection resume'.",
            health.Description,
            StringComparison.Ordinal
        );
        Assert.Equal(
            ("paused", new PauseReport("ann@desk", DateTimeOffset.UnixEpoch)),
            (source.Status.Report().State, source.Status.Report().Paused)
        );

        checkpoints.Ask(paused: false);
        await UntilAsync(() => delivered.Count == 3, "it delivers");
        Assert.Equal(HealthStatus.Healthy, (await new EventSourceHealth(source.Status).CheckHealthAsync(new(), Token)).Status);
        Assert.Null(source.Status.Report().Paused);
    }

    [Fact]
    public async Task A_pause_outlives_a_restart_and_a_second_event_source_that_takes_over_is_paused_too()
    {
        Write(1, 3);
        var first = await StartAsync();
        await UntilAsync(() => delivered.Count == 3, "it delivers");
        var second = await StartAsync();
        await UntilAsync(() => second.Status.State == EventSourceState.Standby, "the second stands by");
        checkpoints.Ask(paused: true);
        await UntilAsync(() => first.Status.State == EventSourceState.Paused, "the first is paused");

        await first.DisposeAsync();
        Write(4, 3);
        await UntilAsync(() => second.Status.State == EventSourceState.Paused, "the second takes over, paused");
        await second.DisposeAsync();
        var third = await StartAsync();
        await UntilAsync(() => third.Status.State == EventSourceState.Paused, "started again, it is paused");
        await AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(Numbers(1, 3), delivered);

        checkpoints.Ask(paused: false);
        await UntilAsync(() => delivered.Count == 6, "it goes on");
        Assert.Equal(Numbers(1, 6), delivered);
    }

    [Fact]
    public async Task What_is_configured_as_disabled_delivers_nothing_until_somebody_resumes_it_which_holds_from_then_on()
    {
        Write(1, 3);
        var source = await StartAsync(new() { Enabled = false });
        await UntilAsync(() => source.Status.State == EventSourceState.Paused, "it is paused");
        Assert.Equal("its configuration (EventSource:Enabled)", source.Status.Paused!.By);
        Assert.True(checkpoints.Control.IsPaused);

        checkpoints.Ask(paused: false);
        await UntilAsync(() => delivered.Count == 3, "it delivers");
        await source.DisposeAsync();
        Write(4, 1);
        await StartAsync(new() { Enabled = false });
        await UntilAsync(() => delivered.Count == 4, "it still delivers");
    }

    [Fact]
    public async Task From_LATEST_what_is_written_during_a_pause_is_delivered_when_it_is_resumed()
    {
        time.Jump(TimeSpan.FromHours(1));
        checkpoints.Ask(paused: true);
        var source = await StartAsync(new() { StartingPosition = EventSourceOptions.Latest });
        await UntilAsync(() => source.Status.State == EventSourceState.Paused, "it is paused");
        Write(1, 3);

        checkpoints.Ask(paused: false);
        await UntilAsync(() => delivered.Count == 3, "it delivers");
    }

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
        Write(1, 8);
        var source = await StartAsync();
        await UntilAsync(() => delivered.Count == 8, "all is delivered");
        delivered.Clear();

        var asked = checkpoints.Ask(null, Reset() with { From = from, After = after });
        await UntilAsync(() => checkpoints.Control.Taken?.Version == asked, "the reset is taken");
        Write(9, 1);
        await UntilAsync(() => delivered.Contains("9"), "what is new is delivered");
        Assert.Equal($"{again} 9".Trim(), string.Join(' ', delivered));

        checkpoints.Ask(paused: true);
        await UntilAsync(() => source.Status.State == EventSourceState.Paused, "it is paused");
        delivered.Clear();
        asked = checkpoints.Ask(null, Reset() with { From = from, After = after });
        await UntilAsync(() => checkpoints.Control.Taken?.Version == asked, "the reset is taken");
        Assert.Empty(delivered);
        Write(10, 1);
        checkpoints.Ask(paused: false);
        await UntilAsync(() => delivered.Contains("10"), "what is new is delivered");
        Assert.Equal(again.Length > 0 ? $"{again} 9 10" : "10", string.Join(' ', delivered));
    }

    [Fact]
    public async Task A_reset_to_behind_all_that_waits_leaves_that_out_and_nothing_that_is_written_later()
    {
        Write(1, 2);
        var source = await StartAsync();
        await UntilAsync(() => delivered.Count == 2, "it delivers");
        checkpoints.Ask(paused: true);
        await UntilAsync(() => source.Status.State == EventSourceState.Paused, "it is paused");
        Write(3, 4);
        checkpoints.Ask(null, Reset() with { After = "000000000000000000006" });
        Write(7, 2);

        checkpoints.Ask(paused: false);
        await UntilAsync(() => delivered.Count == 4, "it goes on");
        Assert.Equal("1 2 7 8", string.Join(' ', delivered));
    }

    [Fact]
    public async Task A_reset_of_another_stream_than_the_one_that_is_delivered_changes_nothing()
    {
        Write(1, 3);
        await StartAsync();
        await UntilAsync(() => delivered.Count == 3, "all is delivered");

        var asked = checkpoints.Ask(null, new ShardReset("arn:aws:dynamodb:us-east-1:000000000000:table/commands/stream/0", shard.Id, 0));
        await UntilAsync(() => checkpoints.Control.Taken?.Version == asked, "it is taken");
        Write(4, 1);
        await UntilAsync(() => delivered.Contains("4"), "it delivers");
        Assert.Equal(Numbers(1, 4), delivered);
    }

    [Theory]
    [InlineData("reset", "before")]
    [InlineData("reset", "after")]
    [InlineData("take", "before")]
    [InlineData("take", "after")]
    public async Task A_request_whose_carrying_out_fails_at_any_point_is_carried_out_to_its_end_and_once(string what, string when)
    {
        Write(1, 4);
        await StartAsync();
        await UntilAsync(() => delivered.Count == 4, "all is delivered");
        var failures = 2;
        void Fail(string now)
        {
            if (now == when && Interlocked.Decrement(ref failures) >= 0)
                throw new InvalidOperationException("the process dies here");
        }

        if (what == "reset")
            checkpoints.AroundReset = Fail;
        else
            checkpoints.AroundTake = Fail;
        var asked = checkpoints.Ask(null, Reset());

        await UntilAsync(() => checkpoints.Control.Taken?.Version == asked && delivered.Count == 8, "it is carried out");
        Assert.True(failures < 0 || when == "after", $"{failures} failures are left");
        await AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Equal([.. Numbers(1, 4), .. Numbers(1, 4)], delivered);
        Assert.Empty(checkpoints.Control.Resets);
    }

    [Fact]
    public async Task Of_a_shard_that_is_done_a_reset_delivers_all_again_its_children_after_it()
    {
        Write(1, 3);
        var child = stream.Add(shard.Id);
        child.Closed = false;
        child.Write(Records.Of(4));
        shard.Closed = true;
        await StartAsync();
        await UntilAsync(() => delivered.Count == 4, "all is delivered");
        await UntilAsync(() => checkpoints.Shards[(SimulatedStream.Arn, shard.Id)].Completed, "the parent is done");

        checkpoints.Ask(null, Reset(), Reset() with { ShardId = child.Id });
        await UntilAsync(() => delivered.Count == 8, "all is delivered again");
        Assert.Equal("1 2 3 4 1 2 3 4", string.Join(' ', delivered));
        await UntilAsync(() => checkpoints.Shards[(SimulatedStream.Arn, shard.Id)].Completed, "the parent is done again");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in running)
            await source.DisposeAsync();
    }

    private ShardReset Reset() => new(SimulatedStream.Arn, shard.Id, 0);

    private static IEnumerable<string> Numbers(int from, int count) => Enumerable.Range(from, count).Select(number => $"{number}");

    private void Write(int from, int count)
    {
        for (var number = from; number < from + count; number++)
            shard.Write(Records.Of(number, createdAt: time.GetUtcNow()));
    }

    private async Task<Running> StartAsync(EventSourceOptions? options = null)
    {
        options ??= new();
        options.BatchSize = 5;
        var simulation = new Simulation(
            options,
            stream,
            new FunctionOf(
                async (batch, _) =>
                {
                    Interlocked.Increment(ref underWay);
                    if (this.hold is { } hold)
                        await hold.Task;
                    foreach (var number in Records.Numbers(batch))
                        delivered.Enqueue(number);
                    Interlocked.Decrement(ref underWay);
                    return FunctionOf.Success;
                }
            ),
            checkpoints,
            time
        );
        var worker = new EventSourceWorker(simulation.Delivery, NullLogger<EventSourceWorker>.Instance);
        await worker.StartAsync(Token);
        var running = new Running(simulation, worker);
        this.running.Add(running);
        return running;
    }

    /// <summary>Lets time pass until something is so.</summary>
    private Task UntilAsync(Func<bool> condition, string what) =>
        Eventually.TrueAsync(
            () =>
            {
                if (condition())
                    return true;
                time.Advance(TimeSpan.FromSeconds(0.5));
                return false;
            },
            what
        );

    /// <summary>Lets much time pass, in steps that let whoever waits have its turn.</summary>
    private async Task AdvanceAsync(TimeSpan time)
    {
        for (var steps = 0; steps < 20; steps++)
        {
            this.time.Advance(time / 20);
            await Task.Delay(5, Token); // whoever delivers extends its lease
        }
    }

    private sealed class Running(Simulation simulation, EventSourceWorker worker) : IAsyncDisposable
    {
        private bool disposed;

        public EventSourceStatus Status => simulation.Status;

        public async ValueTask DisposeAsync()
        {
            if (disposed)
                return;
            disposed = true;
            await worker.StopAsync(CancellationToken.None);
            worker.Dispose();
            simulation.Dispose();
        }
    }
}
