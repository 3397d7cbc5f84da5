using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Hosting;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// The narrow places at which a record could be lost or delivered twice: crashes, stops, failures and starts in the middle of a stream.
/// </summary>
public sealed class LossTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 12, 34, 40, TimeSpan.Zero);

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

    [Fact]
    public async Task A_lane_that_fails_on_an_open_shard_takes_the_reader_along_and_its_record_is_delivered_again()
    {
        var stream = new SimulatedStream();
        var shard = stream.Add(null);
        shard.Closed = false;
        shard.Records.Add(Records.Of(1));
        var calls = 0;
        var function = new FunctionOf(_ =>
        {
            if (++calls == 1)
                throw new InvalidOperationException("a fault of our own");
            shard.Closed = true;
            return FunctionOf.Success;
        });
        using var simulation = new Simulation(new(), stream, function);

        await simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token);

        Assert.Equal(
            [
                ["1"],
                ["1"],
            ],
            function.Batches
        );
    }

    [Fact]
    public async Task A_reader_that_fails_takes_the_lanes_along_and_goes_on_at_the_checkpoint()
    {
        var stream = Stream(20);
        var failed = false;
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new() { ParallelizationFactor = 3 }, stream, function);
        stream.BeforeRead = (_, reads) =>
        {
            if (reads != 3)
                return;
            failed = true;
            throw new InvalidOperationException("a fault of our own");
        };

        await simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token);

        Assert.True(failed);
        Assert.Equal(Records.Numbers(stream.Records), function.Batches.SelectMany(batch => batch).Distinct().OrderBy(int.Parse));
    }

    [Fact]
    public async Task A_stream_that_cannot_be_followed_ends_its_open_shards_instead_of_waiting_for_them()
    {
        var stream = new SimulatedStream { Latest = SimulatedStream.Arn };
        for (var i = 0; i < 2; i++)
            stream.Add(null).Closed = false;
        var looks = 0;
        stream.BeforeFind = () =>
        {
            if (++looks == 2)
                throw new InvalidOperationException("a fault of our own");
        };
        using var simulation = new Simulation(new(), stream, new FunctionOf(_ => FunctionOf.Success));

        await Assert.ThrowsAsync<InvalidOperationException>(() => simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token));

        Assert.Empty(simulation.Status.Report().Shards);
    }

    [Fact]
    public async Task What_is_written_to_a_stream_just_before_it_is_replaced_is_delivered()
    {
        var stream = new SimulatedStream { Latest = SimulatedStream.Arn };
        var lists = 0;
        stream.AfterList = () =>
        {
            if (++lists != 1)
                return;
            stream.Add(null).Records.Add(Records.Of(1));
            stream.Latest = "another";
        };
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new(), stream, function);

        await simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token);

        Assert.Equal(
            [
                ["1"],
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

    [Fact]
    public async Task A_shard_that_is_unknown_for_a_moment_is_delivered_before_its_children()
    {
        var time = FakeTime.New();
        var stream = new SimulatedStream();
        var parent = stream.Add(null);
        parent.Records.Add(Records.Of(1));
        stream.Add(parent.Id).Records.Add(Records.Of(2));
        var asked = 0;
        stream.BeforeOpen = (_, _) =>
        {
            if (++asked <= 2)
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

    [Theory]
    [InlineData(3, -1, 4)] // the first attempt and three more
    [InlineData(0, -1, 1)]
    [InlineData(-1, 60, null)] // until a minute is over
    public async Task A_stream_that_was_replaced_is_left_when_a_shard_of_it_fails_beyond_the_budget(int attempts, int age, int? expected)
    {
        var time = FakeTime.New();
        var (stream, began) = (Stream(2), time.GetUtcNow());
        var failures = 0;
        stream.BeforeRead = (_, _) =>
        {
            failures++;
            throw new InvalidOperationException("a fault of our own");
        };
        using var simulation = new Simulation(
            new() { MaximumRetryAttempts = attempts, MaximumRecordAgeInSeconds = age },
            stream,
            new FunctionOf(_ => FunctionOf.Success),
            time: time
        );

        await time.RunUntilAsync(simulation.DeliverAsync(Token), TimeSpan.FromSeconds(1));

        Assert.Equal(expected ?? failures, failures);
        Assert.True(time.GetUtcNow() - began > TimeSpan.FromSeconds(age), $"it was left after {time.GetUtcNow() - began}");
    }

    [Theory]
    [InlineData(SimulatedStream.Arn, 3)] // it is the table's present stream: nobody waits behind it
    [InlineData(null, 3)] // the table has no other
    [InlineData("another", -1)] // without a budget
    public async Task A_stream_is_not_left_as_long_as_none_waits_or_the_budget_allows(string? latest, int attempts)
    {
        var time = FakeTime.New();
        var stream = Stream(2);
        stream.Latest = latest;
        var failures = 0;
        stream.BeforeRead = (_, _) =>
        {
            if (++failures < 20)
                throw new InvalidOperationException("a fault of our own");
            stream.Latest = "another";
        };
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new() { MaximumRetryAttempts = attempts }, stream, function, time: time);

        await time.RunUntilAsync(simulation.DeliverAsync(Token), TimeSpan.FromSeconds(1));

        Assert.Equal(
            [
                ["1", "2"],
            ],
            function.Batches
        );
    }

    [Fact]
    public async Task A_shard_that_gets_on_between_two_failures_has_a_new_budget()
    {
        var time = FakeTime.New();
        var stream = new SimulatedStream();
        var shard = stream.Add(null);
        shard.Records.Add(Records.Of(1));
        shard.Closed = false;
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new() { MaximumRetryAttempts = 2 }, stream, function, time: time);
        var (failures, failedAt) = (0, (string?)null);
        stream.BeforeRead = (_, _) =>
        {
            // Fails once after each checkpoint, and only then lets the next record be there.
            var position = ((InMemoryCheckpoints)simulation.Checkpoints).Shards.Values.SingleOrDefault()?.SequenceNumber;
            if (position == failedAt)
                return;
            failedAt = position;
            if (++failures < 10)
                shard.Write(Records.Of(failures + 1));
            else
                shard.Closed = true;
            throw new InvalidOperationException("a fault of our own");
        };

        await time.RunUntilAsync(simulation.DeliverAsync(Token), TimeSpan.FromSeconds(1));

        Assert.Equal(10, failures);
        Assert.Equal(Enumerable.Range(1, 10).Select(number => $"{number}"), function.Batches.SelectMany(batch => batch).Distinct());
    }

    [Fact]
    public async Task A_consumer_that_fails_again_and_again_is_unhealthy_until_it_finishes_a_record()
    {
        var time = FakeTime.New();
        var stream = Stream(1);
        stream.Latest = SimulatedStream.Arn;
        var works = false;
        stream.BeforeRead = (_, _) =>
        {
            if (!Volatile.Read(ref works))
                throw new InvalidOperationException("a fault of our own");
        };
        using var simulation = new Simulation(new(), stream, new FunctionOf(_ => FunctionOf.Success), time: time);
        simulation.Status.State = EventSourceState.Delivering;
        var health = new EventSourceHealth(simulation.Status);
        using var stop = new CancellationTokenSource();
        var delivering = simulation.DeliverAsync(stop.Token);

        await UntilAsync(HealthStatus.Unhealthy);
        Assert.StartsWith(
            "Stalled: the consumer of shardId-0000 fails",
            (await health.CheckHealthAsync(new(), Token)).Description,
            StringComparison.Ordinal
        );
        Volatile.Write(ref works, true);
        await UntilAsync(HealthStatus.Healthy);

        Assert.Equal(1, simulation.Status.Report().RecordsDone);
        await stop.CancelAsync();
        await delivering.ContinueWith(_ => { }, TaskScheduler.Default);

        Task UntilAsync(HealthStatus status) =>
            Eventually.TrueAsync(
                async () =>
                {
                    time.Advance(TimeSpan.FromSeconds(0.5));
                    return (await health.CheckHealthAsync(new(), Token)).Status == status;
                },
                $"it is {status}"
            );
    }

    [Fact]
    public async Task An_event_source_that_begins_again_and_again_is_unhealthy_until_it_finishes_a_record()
    {
        var time = FakeTime.New();
        var stream = Stream(1);
        stream.Latest = SimulatedStream.Arn;
        var works = false;
        stream.BeforeFind = () =>
        {
            if (!Volatile.Read(ref works))
                throw new InvalidOperationException("a fault of our own");
        };
        using var simulation = new Simulation(new(), stream, new FunctionOf(_ => FunctionOf.Success), time: time);
        var health = new EventSourceHealth(simulation.Status);
        using var worker = new EventSourceWorker(simulation.Delivery, NullLogger<EventSourceWorker>.Instance);
        await worker.StartAsync(Token);

        await UntilAsync(HealthStatus.Unhealthy);
        Assert.StartsWith(
            "Stalled: the event source fails",
            (await health.CheckHealthAsync(new(), Token)).Description,
            StringComparison.Ordinal
        );
        Volatile.Write(ref works, true);
        await UntilAsync(HealthStatus.Healthy);

        await Eventually.TrueAsync(() => simulation.Status.Report().RecordsDone == 1, "the record is done");
        await worker.StopAsync(Token);
        Assert.Equal(EventSourceState.Stopped, simulation.Status.State);

        Task UntilAsync(HealthStatus status) =>
            Eventually.TrueAsync(
                async () =>
                {
                    time.Advance(TimeSpan.FromSeconds(0.5));
                    return (await health.CheckHealthAsync(new(), Token)).Status == status;
                },
                $"it is {status}"
            );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_that_is_not_found_or_not_described_is_unhealthy_until_it_is(bool found)
    {
        var time = FakeTime.New();
        var stream = Stream(1);
        stream.Latest = found ? SimulatedStream.Arn : null;
        var works = false;
        stream.AfterList = () =>
        {
            if (!Volatile.Read(ref works))
                throw new IOException("access denied");
        };
        using var simulation = new Simulation(new(), stream, new FunctionOf(_ => FunctionOf.Success), time: time);
        var health = new EventSourceHealth(simulation.Status);
        using var worker = new EventSourceWorker(simulation.Delivery, NullLogger<EventSourceWorker>.Instance);
        await worker.StartAsync(Token);

        await UntilAsync(HealthStatus.Unhealthy);
        Assert.Contains(
            found ? "cannot be listed" : "no stream to read",
            (await health.CheckHealthAsync(new(), Token)).Description,
            StringComparison.Ordinal
        );
        Volatile.Write(ref works, true);
        stream.Latest = SimulatedStream.Arn;
        await UntilAsync(HealthStatus.Healthy);

        await Eventually.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(0.5));
                return simulation.Status.Report().RecordsDone == 1;
            },
            "the record is done"
        );
        await worker.StopAsync(Token);

        Task UntilAsync(HealthStatus status) =>
            Eventually.TrueAsync(
                async () =>
                {
                    time.Advance(TimeSpan.FromSeconds(0.5));
                    return (await health.CheckHealthAsync(new(), Token)).Status == status;
                },
                $"it is {status}"
            );
    }

    private static async Task StoppedAsync(Simulation simulation, StopTokens stop) =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => simulation.DeliverAsync(stop).WaitAsync(TimeLimit, Token));

    private static string? Checkpoint(Simulation simulation) =>
        Assert.Single(((InMemoryCheckpoints)simulation.Checkpoints).Shards).Value.SequenceNumber;

    private static SimulatedStream Stream(int records)
    {
        var stream = new SimulatedStream();
        var shard = stream.Add(null);
        for (var i = 1; i <= records; i++)
            shard.Records.Add(Records.Of(i));
        return stream;
    }

    private static string Number(int number) => Records.Of(number).SequenceNumber;
}
