using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Leasing;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What becomes of each request of an operator: what is stored, what is reported, and what the log says of it.</summary>
public sealed class OperatorRequestsTests : IAsyncDisposable
{
    private const string Shard = "shard";

    private readonly ManualTime time = new();
    private readonly FakeLogger log = new();
    private readonly List<Simulation> simulations = [];
    private readonly InMemoryCheckpoints checkpoints = new();
    private int takes;
    private Lease? lease;

    public OperatorRequestsTests() => checkpoints.AroundTake = when => takes += when == "before" ? 1 : 0;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IEnumerable<string> Lines => log.Collector.GetSnapshot(clear: true).Select(line => $"{line.Level}: {line.Message}");

    [Fact]
    public async Task What_was_carried_out_is_stored_once_and_again_only_when_it_changed()
    {
        var (requests, _) = await StartAsync();
        Assert.True(await requests.TakeAsync(lease!, Token));
        Assert.True(await requests.TakeAsync(lease!, Token));
        Assert.Equal((1, new ControlTaken(0, true, time.GetUtcNow(), null)), (takes, checkpoints.Control.Taken));

        time.Jump(TimeSpan.FromMinutes(1));
        Assert.True(await requests.TakeAsync(lease!, Token));
        Assert.Equal(1, takes);

        var (older, _) = await StartAsync(age: 60);
        Assert.True(await older.TakeAsync(lease!, Token));
        Assert.Equal((2, new ControlTaken(0, true, time.GetUtcNow(), TimeSpan.FromMinutes(1))), (takes, checkpoints.Control.Taken));

        var (disabled, _) = await StartAsync(enabled: false, age: 60);
        Assert.True(await disabled.TakeAsync(lease!, Token));
        Assert.Equal((3, false), (takes, checkpoints.Control.Taken?.Enabled));
    }

    [Fact]
    public async Task A_request_that_was_made_meanwhile_is_not_taken_for_carried_out()
    {
        var (requests, status) = await StartAsync(enabled: false);
        checkpoints.Ask(paused: false);

        Assert.False(await requests.TakeAsync(lease!, Token));
        Assert.Null(checkpoints.Control.Taken);
        Assert.Null(status.Paused);

        Assert.True(await requests.TakeAsync(lease!, Token));
        Assert.Equal((1L, true), (checkpoints.Control.Taken!.Version, checkpoints.Control.Taken.Enabled));
    }

    [Fact]
    public async Task The_configuration_decides_only_until_an_operator_does()
    {
        var (enabled, _) = await StartAsync();
        var (disabled, _) = await StartAsync(enabled: false);

        Assert.False(enabled.IsPaused(new() { Version = 0, Paused = true }));
        Assert.True(disabled.IsPaused(new() { Version = 0 }));
        Assert.True(enabled.IsPaused(new() { Version = 1, Paused = true }));
        Assert.False(disabled.IsPaused(new() { Version = 1 }));
    }

    [Fact]
    public async Task A_pause_is_reported_with_who_asked_for_it_and_logged_once_and_so_is_its_end()
    {
        checkpoints.Ask(paused: true);
        var (requests, status) = await StartAsync();

        await requests.TakeAsync(lease!, Token);
        await requests.TakeAsync(lease!, Token);

        Assert.Equal(new PauseReport("ann@desk", DateTimeOffset.UnixEpoch), status.Paused);
        Assert.Equal(
            [
                "Warning: Paused by ann@desk since 1970-01-01T00:00:00Z: nothing of commands is delivered until 'projection resume'. "
                    + "New changes wait.",
            ],
            Lines
        );

        checkpoints.Ask(paused: false);
        await TakeAsync(requests);
        Assert.Null(status.Paused);
        Assert.Equal(["Information: Resumed by ann@desk"], Lines);

        checkpoints.Ask(paused: true);
        await TakeAsync(requests);
        Assert.StartsWith("Warning: Paused by ann@desk", Assert.Single(Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pause_by_the_configuration_lasts_since_it_was_first_stored_also_after_a_restart()
    {
        var since = time.GetUtcNow();
        var (requests, status) = await StartAsync(enabled: false);
        await requests.TakeAsync(lease!, Token);
        var report = new PauseReport("its configuration (EventSource:Enabled)", since);
        Assert.Equal(report, status.Paused);

        time.Jump(TimeSpan.FromMinutes(1));
        await requests.TakeAsync(lease!, Token);
        Assert.Equal(report, status.Paused);

        var (restarted, statusAfter) = await StartAsync(enabled: false);
        await restarted.TakeAsync(lease!, Token);
        Assert.Equal(report, statusAfter.Paused);
    }

    [Fact]
    public async Task A_source_that_was_enabled_since_it_was_stopped_says_that_it_is_resumed()
    {
        var (disabled, _) = await StartAsync(enabled: false);
        await disabled.TakeAsync(lease!, Token);
        Assert.Single(Lines);

        var (enabled, _) = await StartAsync();
        await enabled.TakeAsync(lease!, Token);
        Assert.Equal(["Information: Resumed by its configuration"], Lines);

        var (again, _) = await StartAsync();
        await again.TakeAsync(lease!, Token);
        Assert.Empty(Lines);
    }

    [Theory]
    [InlineData(null, null, "with the oldest record that the stream keeps")]
    [InlineData("17", null, "with 17")]
    [InlineData(null, "18", "after 18")]
    public async Task A_reset_replaces_the_position_and_says_where_delivery_continues(string? from, string? after, string position)
    {
        checkpoints.Ask(null, new ShardReset(SimulatedStream.Arn, Shard, 0) { From = from, After = after });
        var (requests, _) = await StartAsync();

        Assert.True(await requests.TakeAsync(lease!, Token));

        var kept = checkpoints.Shards[(SimulatedStream.Arn, Shard)];
        Assert.Equal((after, from, 1L), (kept.SequenceNumber, kept.From, kept.Generation));
        Assert.Equal([$"Warning: {Shard} was reset by ann@desk: delivery continues {position}"], Lines);
        Assert.Empty(checkpoints.Control.Resets);
        Assert.Equal(1, takes);
    }

    [Fact]
    public async Task A_reset_that_changes_nothing_is_done_and_says_why()
    {
        checkpoints.Ask(null, new ShardReset(SimulatedStream.Arn, Shard, 0) { After = Number(5) }, new ShardReset("another", Shard, 0));
        await checkpoints.SaveAsync(SimulatedStream.Arn, Shard, new(Number(9), []), Token);
        var (requests, _) = await StartAsync();

        Assert.True(await requests.TakeAsync(lease!, Token));

        Assert.Equal(Number(9), Assert.Single(checkpoints.Shards).Value.SequenceNumber);
        Assert.Equal(
            [
                $"Information: {Shard} keeps its position: it was already reset, or is past the position that ann@desk requested",
                $"Warning: {Shard} is not reset, although ann@desk requested it: it belongs to another, which is not being delivered",
            ],
            Lines
        );
        Assert.Empty(checkpoints.Control.Resets);
    }

    [Fact]
    public async Task A_position_is_not_replaced_under_a_lease_that_is_lost()
    {
        checkpoints.Ask(null, new ShardReset(SimulatedStream.Arn, Shard, 0));
        var (requests, _) = await StartAsync();
        time.Jump(TimeSpan.FromHours(1));

        await Assert.ThrowsAsync<LeaseLostException>(() => requests.TakeAsync(lease!, Token));

        Assert.Empty(checkpoints.Shards);
    }

    public async ValueTask DisposeAsync()
    {
        if (lease is not null)
            await lease.DisposeAsync();
        simulations.ForEach(simulation => simulation.Dispose());
    }

    /// <summary>Starts an event source, with the lease of the one before it.</summary>
    private async Task<(OperatorRequests Requests, EventSourceStatus Status)> StartAsync(bool enabled = true, int age = -1)
    {
        if (lease is not null)
            await lease.DisposeAsync();
        lease = await Lease.TryAcquireAsync(checkpoints, "commands", "owner", TimeSpan.FromMinutes(5), time, NullLogger.Instance, Token);
        await lease!.PointAsync(new(SimulatedStream.Arn, null), Token);
        var simulation = new Simulation(
            new() { Enabled = enabled, MaximumRecordAgeInSeconds = age },
            Stream(0),
            new FunctionOf(_ => FunctionOf.Success),
            checkpoints,
            time
        );
        simulations.Add(simulation);
        return (new(simulation.Delivery, log), simulation.Status);
    }

    /// <summary>Carries out what was asked, as soon as a renewal of the lease has read it.</summary>
    private async Task TakeAsync(OperatorRequests requests)
    {
        await Eventually.TrueAsync(() => time.NextIn == TimeSpan.FromSeconds(2), "the heartbeat pauses");
        time.Advance(TimeSpan.FromSeconds(2));
        await Eventually.TrueAsync(() => lease!.Control.Version == checkpoints.Control.Version, "the request is read");
        Assert.True(await requests.TakeAsync(lease!, Token));
    }
}
