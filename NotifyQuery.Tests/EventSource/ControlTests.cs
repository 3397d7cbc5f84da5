using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What operators ask for: whoever delivers carries it out between two batches, once, whatever dies on the way.</summary>
public sealed class ControlTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly InMemoryCheckpoints _checkpoints = new();
    private readonly SimulatedStream _stream = new() { Latest = SimulatedStream.Arn };
    private readonly SimulatedStream.Shard _shard;
    private readonly ConcurrentQueue<string> _delivered = new();
    private readonly List<Running> _running = [];
    private TaskCompletionSource? _hold;
    private int _underWay;

    public ControlTests()
    {
        _shard = _stream.Add(null);
        _shard.Closed = false;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pause_lets_the_batch_under_way_finish_begins_none_and_loses_nothing()
    {
        _hold = new();
        Write(1, 20);
        var source = await StartAsync();
        await UntilAsync(() => Volatile.Read(ref _underWay) == 1, "a batch is under way");

        var asked = _checkpoints.Ask(paused: true);
        await UntilAsync(() => source.Status.State == EventSourceState.Pausing, "it is being paused");
        Assert.NotEqual(asked, _checkpoints.Control.Taken?.Version);
        Assert.Equal(EventSourceState.Pausing, source.Status.State);

        _hold.SetResult();
        await UntilAsync(() => _checkpoints.Control.Taken is { Enabled: false } taken && taken.Version == asked, "the pause is taken");
        Assert.Equal(EventSourceState.Paused, source.Status.State);
        Assert.Equal(Numbers(1, 5), _delivered);
        Assert.Equal("000000000000000000005", _checkpoints.Shards[(SimulatedStream.Arn, _shard.Id)].SequenceNumber);

        Write(21, 5);
        await AdvanceAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(Numbers(1, 5), _delivered);

        _checkpoints.Ask(paused: false);
        await UntilAsync(() => _delivered.Count == 25, "all is delivered");
        Assert.Equal(Numbers(1, 25), _delivered);
        Assert.True(_checkpoints.Control.Taken!.Enabled);
    }

    [Fact]
    public async Task A_paused_event_source_is_degraded_and_says_by_whom_and_since_when_and_its_gauge_is_1()
    {
        var source = await StartAsync();
        await UntilAsync(() => source.Status.State == EventSourceState.Delivering, "it delivers");
        _checkpoints.Ask(paused: true);
        await UntilAsync(() => source.Status.State == EventSourceState.Paused, "it is paused");
        Write(1, 3);
        await AdvanceAsync(TimeSpan.FromMinutes(3));

        var health = await new EventSourceHealth(source.Status).CheckHealthAsync(new(), Token);

        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.StartsWith("Paused since 1970-01-01T00:00:00.000Z by ann@desk: nothing is delivered until 'projection resume'.",
            health.Description, StringComparison.Ordinal);
        Assert.Equal(("paused", new PauseReport("ann@desk", DateTimeOffset.UnixEpoch)),
            (source.Status.Report().State, source.Status.Report().Paused));

        _checkpoints.Ask(paused: false);
        await UntilAsync(() => _delivered.Count == 3, "it delivers");
        Assert.Equal(HealthStatus.Healthy, (await new EventSourceHealth(source.Status).CheckHealthAsync(new(), Token)).Status);
        Assert.Null(source.Status.Report().Paused);
    }

    [Fact]
    public async Task A_pause_outlives_a_restart_and_a_second_event_source_that_takes_over_is_paused_too()
    {
        Write(1, 3);
        var first = await StartAsync();
        await UntilAsync(() => _delivered.Count == 3, "it delivers");
        var second = await StartAsync();
        await UntilAsync(() => second.Status.State == EventSourceState.Standby, "the second stands by");
        _checkpoints.Ask(paused: true);
        await UntilAsync(() => first.Status.State == EventSourceState.Paused, "the first is paused");

        await first.DisposeAsync();
        Write(4, 3);
        await UntilAsync(() => second.Status.State == EventSourceState.Paused, "the second takes over, paused");
        await second.DisposeAsync();
        var third = await StartAsync();
        await UntilAsync(() => third.Status.State == EventSourceState.Paused, "started again, it is paused");
        await AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(Numbers(1, 3), _delivered);

        _checkpoints.Ask(paused: false);
        await UntilAsync(() => _delivered.Count == 6, "it goes on");
        Assert.Equal(Numbers(1, 6), _delivered);
    }

    [Fact]
    public async Task What_is_configured_as_disabled_delivers_nothing_until_somebody_resumes_it_which_holds_from_then_on()
    {
        Write(1, 3);
        var source = await StartAsync(new() { Enabled = false });
        await UntilAsync(() => source.Status.State == EventSourceState.Paused, "it is paused");
        Assert.Equal("its configuration (EventSource:Enabled)", source.Status.Paused!.By);
        Assert.True(_checkpoints.Control.IsPaused);

        _checkpoints.Ask(paused: false);
        await UntilAsync(() => _delivered.Count == 3, "it delivers");
        await source.DisposeAsync();
        Write(4, 1);
        await StartAsync(new() { Enabled = false });
        await UntilAsync(() => _delivered.Count == 4, "it still delivers");
    }

    [Fact]
    public async Task From_LATEST_what_is_written_during_a_pause_is_delivered_when_it_is_resumed()
    {
        _time.Jump(TimeSpan.FromHours(1));
        _checkpoints.Ask(paused: true);
        var source = await StartAsync(new() { StartingPosition = EventSourceOptions.Latest });
        await UntilAsync(() => source.Status.State == EventSourceState.Paused, "it is paused");
        Write(1, 3);

        _checkpoints.Ask(paused: false);
        await UntilAsync(() => _delivered.Count == 3, "it delivers");
    }

    [Theory]
    [InlineData(null, null, "1 2 3 4 5 6 7 8")]
    [InlineData("000000000000000000004", null, "4 5 6 7 8")]
    [InlineData(null, "000000000000000000008", "")]
    [InlineData(null, "000000000000000000002", "")] // never back
    public async Task A_reset_goes_on_from_the_position_that_was_asked_for_while_it_delivers_and_while_it_is_paused(
        string? from, string? after, string again)
    {
        Write(1, 8);
        var source = await StartAsync();
        await UntilAsync(() => _delivered.Count == 8, "all is delivered");
        _delivered.Clear();

        var asked = _checkpoints.Ask(null, Reset() with { From = from, After = after });
        await UntilAsync(() => _checkpoints.Control.Taken?.Version == asked, "the reset is taken");
        Write(9, 1);
        await UntilAsync(() => _delivered.Contains("9"), "what is new is delivered");
        Assert.Equal($"{again} 9".Trim(), string.Join(' ', _delivered));

        _checkpoints.Ask(paused: true);
        await UntilAsync(() => source.Status.State == EventSourceState.Paused, "it is paused");
        _delivered.Clear();
        asked = _checkpoints.Ask(null, Reset() with { From = from, After = after });
        await UntilAsync(() => _checkpoints.Control.Taken?.Version == asked, "the reset is taken");
        Assert.Empty(_delivered);
        Write(10, 1);
        _checkpoints.Ask(paused: false);
        await UntilAsync(() => _delivered.Contains("10"), "what is new is delivered");
        Assert.Equal(again.Length > 0 ? $"{again} 9 10" : "10", string.Join(' ', _delivered));
    }

    [Fact]
    public async Task A_reset_to_behind_all_that_waits_leaves_that_out_and_nothing_that_is_written_later()
    {
        Write(1, 2);
        var source = await StartAsync();
        await UntilAsync(() => _delivered.Count == 2, "it delivers");
        _checkpoints.Ask(paused: true);
        await UntilAsync(() => source.Status.State == EventSourceState.Paused, "it is paused");
        Write(3, 4);
        _checkpoints.Ask(null, Reset() with { After = "000000000000000000006" });
        Write(7, 2);

        _checkpoints.Ask(paused: false);
        await UntilAsync(() => _delivered.Count == 4, "it goes on");
        Assert.Equal("1 2 7 8", string.Join(' ', _delivered));
    }

    [Fact]
    public async Task A_reset_of_another_stream_than_the_one_that_is_delivered_changes_nothing()
    {
        Write(1, 3);
        await StartAsync();
        await UntilAsync(() => _delivered.Count == 3, "all is delivered");

        var asked = _checkpoints.Ask(null, new ShardReset("arn:aws:dynamodb:us-east-1:000000000000:table/commands/stream/0", _shard.Id, 0));
        await UntilAsync(() => _checkpoints.Control.Taken?.Version == asked, "it is taken");
        Write(4, 1);
        await UntilAsync(() => _delivered.Contains("4"), "it delivers");
        Assert.Equal(Numbers(1, 4), _delivered);
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
        await UntilAsync(() => _delivered.Count == 4, "all is delivered");
        var failures = 2;
        void Fail(string now)
        {
            if (now == when && Interlocked.Decrement(ref failures) >= 0) throw new InvalidOperationException("the process dies here");
        }

        if (what == "reset") _checkpoints.AroundReset = Fail;
        else _checkpoints.AroundTake = Fail;
        var asked = _checkpoints.Ask(null, Reset());

        await UntilAsync(() => _checkpoints.Control.Taken?.Version == asked && _delivered.Count == 8, "it is carried out");
        Assert.True(failures < 0 || when == "after", $"{failures} failures are left");
        await AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Equal([.. Numbers(1, 4), .. Numbers(1, 4)], _delivered);
        Assert.Empty(_checkpoints.Control.Resets);
    }

    [Fact]
    public async Task Of_a_shard_that_is_done_a_reset_delivers_all_again_its_children_after_it()
    {
        Write(1, 3);
        var child = _stream.Add(_shard.Id);
        child.Closed = false;
        child.Write(Records.Of(4));
        _shard.Closed = true;
        await StartAsync();
        await UntilAsync(() => _delivered.Count == 4, "all is delivered");
        await UntilAsync(() => _checkpoints.Shards[(SimulatedStream.Arn, _shard.Id)].Completed, "the parent is done");

        _checkpoints.Ask(null, Reset(), Reset() with { ShardId = child.Id });
        await UntilAsync(() => _delivered.Count == 8, "all is delivered again");
        Assert.Equal("1 2 3 4 1 2 3 4", string.Join(' ', _delivered));
        await UntilAsync(() => _checkpoints.Shards[(SimulatedStream.Arn, _shard.Id)].Completed, "the parent is done again");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _running) await source.DisposeAsync();
    }

    private ShardReset Reset() => new(SimulatedStream.Arn, _shard.Id, 0);

    private static IEnumerable<string> Numbers(int from, int count) => Enumerable.Range(from, count).Select(number => $"{number}");

    private void Write(int from, int count)
    {
        for (var number = from; number < from + count; number++) _shard.Write(Records.Of(number, createdAt: _time.GetUtcNow()));
    }

    private async Task<Running> StartAsync(EventSourceOptions? options = null)
    {
        options ??= new();
        options.BatchSize = 5;
        var simulation = new Simulation(options, _stream, new FunctionOf(async (batch, _) =>
        {
            Interlocked.Increment(ref _underWay);
            if (_hold is { } hold) await hold.Task;
            foreach (var number in Records.Numbers(batch)) _delivered.Enqueue(number);
            Interlocked.Decrement(ref _underWay);
            return FunctionOf.Success;
        }), _checkpoints, _time);
        var worker = new EventSourceWorker(simulation.Delivery, NullLogger<EventSourceWorker>.Instance);
        await worker.StartAsync(Token);
        var running = new Running(simulation, worker);
        _running.Add(running);
        return running;
    }

    /// <summary>Lets time pass until something is so.</summary>
    private Task UntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(
        () =>
        {
            if (condition()) return true;
            _time.Advance(TimeSpan.FromSeconds(0.5));
            return false;
        }, what);

    /// <summary>Lets much time pass, in steps that let whoever waits have its turn.</summary>
    private async Task AdvanceAsync(TimeSpan time)
    {
        for (var steps = 0; steps < 20; steps++)
        {
            _time.Advance(time / 20);
            await Task.Delay(5, Token); // whoever delivers extends its lease
        }
    }

    private sealed class Running(Simulation simulation, EventSourceWorker worker) : IAsyncDisposable
    {
        private bool _disposed;

        public EventSourceStatus Status => simulation.Status;

        public async ValueTask DisposeAsync()
        {
            if (_disposed) return;
            _disposed = true;
            await worker.StopAsync(CancellationToken.None);
            worker.Dispose();
            simulation.Dispose();
        }
    }
}
