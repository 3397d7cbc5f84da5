using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// A shard is read on, without a loss, whatever becomes of its iterators, its oldest records, its reader and its lanes.
/// </summary>
public sealed class ShardReadingTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

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

    [Theory]
    [InlineData(false, 20)]
    [InlineData(true, 2)] // the third time in a row it would count as gone
    public async Task A_shard_that_fails_is_not_read_again_within_a_second(bool unknown, int failures)
    {
        var (time, second) = (FakeTime.New(), TimeSpan.FromSeconds(1));
        var stream = Stream(1);
        var attempts = new List<DateTimeOffset>();
        stream.BeforeOpen = (_, _) =>
        {
            attempts.Add(time.GetUtcNow());
            if (attempts.Count > failures)
                return;
            throw unknown
                ? new StreamException(StreamFault.Gone, new IOException("no such shard"))
                : new InvalidOperationException("a fault of our own");
        };
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new(), stream, function, time: time);

        await time.RunUntilAsync(simulation.DeliverAsync(Token), second);

        Assert.Equal(failures + 1, attempts.Count);
        Assert.All(attempts.Zip(attempts.Skip(1)), pair => Assert.True(pair.Second - pair.First >= second, $"{pair}"));
        Assert.Single(function.Batches);
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
}
