using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Hosting;
using NotifyQuery.EventSource.Leasing;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

/// <summary>The rules at work: reader, lanes, function, checkpoints and dead letters around them in memory.</summary>
public sealed class DeliveryTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_reported_record_is_retried_with_all_behind_it_and_what_was_before_it_is_done()
    {
        var failures = 0;
        var function = new FunctionOf(batch =>
            batch.Any(IsNumber("3")) && ++failures <= 2 ? FunctionOf.Failed(Number(3), Number(4)) : FunctionOf.Success
        );
        using var simulation = new Simulation(
            new() { FunctionResponseTypes = [EventSourceOptions.ReportBatchItemFailures] },
            Stream(5),
            function
        );

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                ["1", "2", "3", "4", "5"],
                ["3", "4", "5"],
                ["3", "4", "5"],
            ],
            function.Batches
        );
    }

    [Fact]
    public async Task What_was_done_before_a_reported_record_is_kept_at_once_and_frees_its_room()
    {
        var checkpoints = new InMemoryCheckpoints();
        var refused = new HashSet<string>();
        var kept = new List<(string? Kept, string Expected)>();
        var function = new FunctionOf(batch =>
        {
            // Each batch is refused once from its middle on; the next invocation begins there, and must find the first half kept.
            if (refused.Contains(batch[0].SequenceNumber))
                kept.Add((checkpoints.Shards.Values.Single().SequenceNumber, Before(batch[0])));
            return refused.Contains(batch[0].SequenceNumber) || !refused.Add(batch[batch.Count / 2].SequenceNumber)
                ? FunctionOf.Success
                : FunctionOf.Failed(batch[batch.Count / 2].SequenceNumber);
        });
        using var simulation = new Simulation(
            new() { BatchSize = 100, FunctionResponseTypes = [EventSourceOptions.ReportBatchItemFailures] },
            Stream(5000),
            function,
            checkpoints
        );

        await simulation.DeliverAsync(TestContext.Current.CancellationToken).WaitAsync(TimeLimit, TestContext.Current.CancellationToken);

        Assert.NotEmpty(kept);
        Assert.All(kept, pair => Assert.Equal(pair.Expected, pair.Kept));
        Assert.Equal(5000, simulation.Status.Report().RecordsDone);

        static string Before(ChangeRecord record) => Number(int.Parse(record.SequenceNumber, CultureInfo.InvariantCulture) - 1);
    }

    [Fact]
    public async Task The_answer_is_not_read_unless_the_mapping_asks_for_item_failures()
    {
        var function = new FunctionOf(_ => FunctionOf.Failed(Number(3)));
        using var simulation = new Simulation(new(), Stream(5), function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Single(function.Batches);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_batch_that_never_succeeds_is_given_up_whole_after_its_budget_and_the_next_goes_on(int maximumRetryAttempts)
    {
        var function = new FunctionOf(batch => batch.Any(IsNumber("2")) ? FunctionOf.Thrown : FunctionOf.Success);
        using var simulation = new Simulation(new() { BatchSize = 3, MaximumRetryAttempts = maximumRetryAttempts }, Stream(5), function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Equal([.. Enumerable.Repeat(new[] { "1", "2", "3" }, maximumRetryAttempts + 1), ["4", "5"]], function.Batches);
        Assert.Equal(["event-1", "event-2", "event-3"], simulation.DeadLetters.Letters.Keys.Order());
        var letter = simulation.DeadLetters.Letters["event-2"];
        Assert.Equal(
            ("RetryAttemptsExhausted", maximumRetryAttempts + 1, "item", Number(2)),
            (letter.ErrorType, letter.Attempts, letter.TransactionId, letter.SequenceNumber)
        );
        Assert.Contains("\"eventID\":\"event-2\"", letter.Record, StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException", letter.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("shardId-0000", letter.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_that_is_not_there_uses_up_no_budget()
    {
        var calls = 0;
        var function = new FunctionOf(_ =>
            ++calls <= 20 ? new(FunctionReplyKind.Unavailable, Error: "Connection refused") : FunctionOf.Success
        );
        using var simulation = new Simulation(new() { MaximumRetryAttempts = 0 }, Stream(2), function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(21, function.Batches.Count);
        Assert.Empty(simulation.DeadLetters.Letters);
    }

    [Fact]
    public async Task A_timeout_fails_the_whole_batch()
    {
        var calls = 0;
        var function = new FunctionOf(_ => ++calls == 1 ? new(FunctionReplyKind.TimedOut, Error: "timeout") : FunctionOf.Success);
        using var simulation = new Simulation(new() { MaximumRetryAttempts = 1 }, Stream(2), function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                ["1", "2"],
                ["1", "2"],
            ],
            function.Batches
        );
    }

    [Fact]
    public async Task A_payload_that_the_service_finds_too_large_is_sent_in_halves()
    {
        var function = new FunctionOf(batch => batch.Count > 2 ? new(FunctionReplyKind.TooLarge, Error: "413") : FunctionOf.Success);
        using var simulation = new Simulation(new() { MaximumRetryAttempts = 0 }, Stream(5), function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                ["1", "2", "3", "4", "5"],
                ["1", "2"],
                ["3", "4", "5"],
                ["3"],
                ["4", "5"],
            ],
            function.Batches
        );
        Assert.Empty(simulation.DeadLetters.Letters);
    }

    [Fact]
    public async Task A_single_record_that_the_service_finds_too_large_is_kept_at_once_and_the_others_go_on()
    {
        var function = new FunctionOf(batch =>
            batch.Any(record => record.SequenceNumber.TrimStart('0') == "3")
                ? new(FunctionReplyKind.TooLarge, Error: "413")
                : FunctionOf.Success
        );
        using var simulation = new Simulation(new() { MaximumRetryAttempts = -1 }, Stream(5), function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                ["1", "2", "3", "4", "5"],
                ["1", "2"],
                ["3", "4", "5"],
                ["3"],
                ["4", "5"],
            ],
            function.Batches
        );
        Assert.Equal("PayloadSizeExceeded", Assert.Single(simulation.DeadLetters.Letters.Values).ErrorType);
    }

    [Fact]
    public async Task A_record_that_is_given_up_on_is_kept_whole_however_deep_it_goes_and_whatever_its_key_holds()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"M":{"x":""", 40)) + """{"S":"x"}""" + new string('}', 80);
        var json =
            """{"eventID":"e","dynamodb":{"Keys":{"transaction_id":{"S":"x\ud83d"},"created_at":{"S":"c"}}"""
            + ""","SequenceNumber":"1","NewImage":{"deep":"""
            + deep
            + "}}}";
        var stream = new SimulatedStream();
        stream
            .Add(null)
            .Records.AddRange([
                new("1", "e", "item", DateTimeOffset.UtcNow, System.Text.Encoding.UTF8.GetBytes(json)),
                new("2", "none", "item", DateTimeOffset.UtcNow, "{}"u8.ToArray()),
            ]);
        using var simulation = new Simulation(
            new() { MaximumRetryAttempts = 0, BisectBatchOnFunctionError = true },
            stream,
            new FunctionOf(_ => FunctionOf.Thrown)
        );

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        var letter = simulation.DeadLetters.Letters["e"];
        Assert.Equal((json, null, "c"), (letter.Record, letter.TransactionId, letter.CreatedAt));
        Assert.Null(simulation.DeadLetters.Letters["none"].TransactionId);
    }

    [Fact]
    public async Task Records_over_age_are_kept_as_dead_letters_without_being_sent()
    {
        var stream = new SimulatedStream();
        var shard = stream.Add(null);
        var now = DateTimeOffset.UtcNow;
        shard.Records.AddRange([
            Records.Of(1, createdAt: now.AddMinutes(-5)),
            Records.Of(2, createdAt: now.AddMinutes(-3)),
            Records.Of(3, createdAt: now),
        ]);
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new() { MaximumRecordAgeInSeconds = 60 }, stream, function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                ["3"],
            ],
            function.Batches
        );
        Assert.Equal(["event-1", "event-2"], simulation.DeadLetters.Letters.Keys.Order());
        Assert.All(
            simulation.DeadLetters.Letters.Values,
            letter => Assert.Equal(("RecordAgeExceeded", 0), (letter.ErrorType, letter.Attempts))
        );
    }

    [Fact]
    public async Task A_record_that_grows_too_old_while_it_fails_is_given_up_without_a_budget()
    {
        var stream = new SimulatedStream();
        stream.Add(null).Records.Add(Records.Of(1, createdAt: DateTimeOffset.UtcNow.AddSeconds(-59)));
        var function = new FunctionOf(_ => FunctionOf.Thrown);
        using var simulation = new Simulation(new() { MaximumRecordAgeInSeconds = 60 }, stream, function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken).WaitAsync(TimeLimit, TestContext.Current.CancellationToken);

        var letter = Assert.Single(simulation.DeadLetters.Letters.Values);
        Assert.Equal("RecordAgeExceeded", letter.ErrorType);
        Assert.Equal(function.Batches.Count, letter.Attempts);
    }

    [Fact]
    public async Task The_batching_window_gathers_what_comes_in_one_by_one()
    {
        var stream = new SimulatedStream();
        var shard = stream.Add(null);
        shard.Closed = false;
        var first = new TaskCompletionSource();
        stream.BeforeRead = (_, reads) =>
        {
            if (reads <= 5)
                shard.Write(Records.Of(reads));
        };
        var function = new FunctionOf(_ =>
        {
            shard.Closed = true;
            first.TrySetResult();
            return FunctionOf.Success;
        });
        using var simulation = new Simulation(new() { MaximumBatchingWindowInSeconds = 2 }, stream, function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken).WaitAsync(TimeLimit, TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                ["1", "2", "3", "4", "5"],
            ],
            function.Batches
        );
    }

    [Fact]
    public async Task A_batch_never_holds_more_than_the_batch_size_nor_records_of_two_shards()
    {
        var stream = new SimulatedStream { PageSize = 100 };
        var one = stream.Add(null);
        var other = stream.Add(null);
        for (var i = 1; i <= 40; i++)
            (i % 2 == 0 ? one : other).Records.Add(Records.Of(i));
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new() { BatchSize = 7 }, stream, function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.All(function.Batches, batch => Assert.InRange(batch.Length, 1, 7));
        Assert.All(function.Batches, batch => Assert.Single(batch.Select(number => int.Parse(number, null) % 2).Distinct()));
        Assert.Equal(40, function.Batches.Sum(batch => batch.Length));
    }

    [Fact]
    public async Task A_reader_stays_a_bounded_way_ahead_of_a_function_that_is_slower_than_the_stream()
    {
        var stream = Stream(20_000);
        stream.PageSize = 1000;
        var settled = new TaskCompletionSource();
        var function = new FunctionOf(
            async (_, cancellation) =>
            {
                await settled.Task.WaitAsync(cancellation);
                return FunctionOf.Success;
            }
        );
        using var simulation = new Simulation(new() { BatchSize = 50 }, stream, function);
        var delivering = simulation.DeliverAsync(TestContext.Current.CancellationToken);

        // The bound is a batch and a page; what is beyond it by at most one page is the last read.
        await WaitForAsync(() => stream.MostOutstandingReads >= 1050);
        await Task.Delay(200, TestContext.Current.CancellationToken); // a reader that knew no bound would be through by now
        Assert.InRange(stream.MostOutstandingReads, 1050, 2050);

        settled.SetResult();
        await delivering.WaitAsync(TimeLimit, TestContext.Current.CancellationToken);
        Assert.Equal(20_000, function.Batches.Sum(batch => batch.Length));
    }

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
    public async Task An_expired_iterator_is_replaced_without_losing_or_repeating_a_record()
    {
        var stream = Stream(100);
        stream.BeforeRead = (_, reads) =>
        {
            if (reads % 3 == 0)
                throw new StreamException(StreamFault.IteratorExpired, new IOException("expired"));
        };
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new(), stream, function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Records.Numbers(stream.Records), function.Batches.SelectMany(batch => batch));
    }

    [Fact]
    public async Task Trimmed_records_are_passed_over_and_the_rest_is_delivered()
    {
        var stream = Stream(20);
        var kept = stream.Records.Skip(12).ToList();
        var trimmed = false;
        stream.BeforeRead = (_, reads) =>
        {
            if (reads != 2)
                return;
            trimmed = true;
            stream.Trim(12);
            throw new StreamException(StreamFault.Trimmed, new IOException("trimmed"));
        };
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new(), stream, function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.True(trimmed);
        Assert.Equal(
            [.. Enumerable.Range(1, 7).Select(i => $"{i}"), .. Records.Numbers(kept)],
            function.Batches.SelectMany(batch => batch)
        );
    }

    [Theory]
    [InlineData(23, false)]
    [InlineData(25, true)]
    public async Task Only_a_stream_that_is_old_enough_to_have_trimmed_records_is_reported_to_have_lost_some(int hours, bool reported)
    {
        var stream = Stream(3);
        stream.BeforeRead = (_, reads) =>
        {
            if (reads == 1)
                throw new StreamException(StreamFault.Trimmed, new IOException("trimmed"));
        };
        var function = new FunctionOf(_ => FunctionOf.Success);
        var log = new FakeLogger<DeliveryContext>();
        using var simulation = new Simulation(new(), stream, function, logger: log);
        var created = DateTimeOffset.UtcNow - TimeSpan.FromHours(hours);
        var arn = string.Create(
            CultureInfo.InvariantCulture,
            $"arn:aws:dynamodb:us-east-1:000000000000:table/commands/stream/{created:yyyy-MM-dd'T'HH:mm:ss.fff}"
        );

        await simulation.DeliverAsync(TestContext.Current.CancellationToken, new StreamPointer(arn, null));

        Assert.Equal(Records.Numbers(stream.Records), function.Batches.SelectMany(batch => batch));
        Assert.Equal(
            reported,
            log.Collector.GetSnapshot().Any(line => line.Level == LogLevel.Warning && line.Message.Contains("Reconcile the tables"))
        );
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
    public async Task An_owner_that_wakes_up_with_an_old_lease_invokes_nothing_more()
    {
        var time = new ManualTime();
        var function = new FunctionOf(_ =>
        {
            time.Jump(TimeSpan.FromHours(1));
            return FunctionOf.Success;
        });
        using var simulation = new Simulation(new() { BatchSize = 2 }, Stream(10), function);

        await Assert.ThrowsAsync<LeaseLostException>(() => simulation.DeliverAsync(TestContext.Current.CancellationToken, leaseTime: time));

        Assert.Single(function.Batches);
    }

    [Fact]
    public async Task An_owner_that_meets_a_checkpoint_ahead_of_its_own_stops_delivering()
    {
        var checkpoints = new InMemoryCheckpoints();
        var function = new FunctionOf(
            async (_, cancellation) =>
            {
                await checkpoints.SaveAsync(SimulatedStream.Arn, "shardId-0000", new(Number(9), []), cancellation);
                return FunctionOf.Success;
            }
        );
        using var simulation = new Simulation(new() { BatchSize = 2 }, Stream(10), function, checkpoints);

        await Assert.ThrowsAsync<LeaseLostException>(() => simulation.DeliverAsync(TestContext.Current.CancellationToken));

        Assert.Single(function.Batches);
        Assert.Equal(Number(9), checkpoints.Shards.Values.Single().SequenceNumber);
    }

    private static SimulatedStream Stream(int records)
    {
        var stream = new SimulatedStream();
        var shard = stream.Add(null);
        for (var i = 1; i <= records; i++)
            shard.Records.Add(Records.Of(i));
        return stream;
    }

    private static string Number(int number) => Records.Of(number).SequenceNumber;

    private static Func<ChangeRecord, bool> IsNumber(string number) => record => record.SequenceNumber.TrimStart('0') == number;

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeLimit);
        while (!condition())
            await Task.Delay(5, deadline.Token);
    }
}
