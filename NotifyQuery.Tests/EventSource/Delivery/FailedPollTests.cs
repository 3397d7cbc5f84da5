using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.Core;
using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What a poll that fails leaves for an operator: a span, a line in the log, and how long the shard has been unreadable.</summary>
public sealed class FailedPollTests
{
    private readonly FakeTimeProvider time = FakeTime.New();
    private readonly FakeLogger<DeliveryContext> log = new();
    private readonly string table = $"commands-{Guid.NewGuid():N}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_poll_that_failed_is_a_span_with_the_error_and_one_that_succeeded_is_none()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.OperationName == $"poll {table}") // other tests deliver at the same time
                    ended.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var stream = Stream(1);
        stream.BeforeRead = (_, reads) =>
        {
            if (reads == 1)
                throw new IOException("throttled");
            if (reads == 2)
                throw new StreamException(StreamFault.IteratorExpired, new IOException("expired"));
        };

        await DeliverAsync(stream);

        Assert.Equal(
            [("System.IO.IOException", "throttled"), ("NotifyQuery.EventSource.Ports.StreamException", "expired")],
            ended.Select(span => (span.GetTagItem("error.type"), span.StatusDescription))
        );
        Assert.All(
            ended,
            span =>
            {
                Assert.Equal((ActivityKind.Client, ActivityStatusCode.Error), (span.Kind, span.Status));
                Assert.Equal("exception", Assert.Single(span.Events).Name);
                Assert.Equal(
                    ("aws_dynamodb_streams", "poll", "receive", table, "shardId-0000"),
                    (
                        span.GetTagItem("messaging.system"),
                        span.GetTagItem("messaging.operation.name"),
                        span.GetTagItem("messaging.operation.type"),
                        span.GetTagItem("messaging.destination.name"),
                        span.GetTagItem("messaging.destination.partition.id")
                    )
                );
            }
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_shard_is_unreadable_from_the_first_failure_until_a_poll_succeeds(bool expired)
    {
        var stream = Stream(8); // two pages
        var unreadable = new List<double>();
        var simulation = (Simulation?)null;
        stream.BeforeRead = (_, reads) =>
        {
            unreadable.Add(simulation!.Status.Report().Shards.Single().SecondsUnreadable);
            if (reads <= 3)
                throw expired ? new StreamException(StreamFault.IteratorExpired, new IOException("expired")) : new IOException("throttled");
        };

        await DeliverAsync(stream, started => simulation = started);

        Assert.Equal(5, unreadable.Count);
        Assert.True(unreadable[1] < unreadable[2] && unreadable[2] < unreadable[3], string.Join(' ', unreadable));
        Assert.Equal([0, 0], [unreadable[0], unreadable[4]]);
    }

    [Fact]
    public async Task Polls_that_fail_in_a_row_are_logged_once_and_those_after_a_success_again()
    {
        var stream = Stream(8);
        stream.BeforeRead = (_, reads) =>
        {
            if (reads is 1 or 2 or 4 or 5)
                throw new IOException("throttled");
        };

        await DeliverAsync(stream);

        Assert.Equal(
            Enumerable.Repeat("Could not read shardId-0000, trying again: throttled", 2),
            log.Collector.GetSnapshot().Where(line => line.Level == LogLevel.Warning).Select(line => line.Message)
        );
    }

    [Fact]
    public async Task An_iterator_is_used_again_after_a_poll_that_failed_and_replaced_after_it_expired()
    {
        var stream = Stream(8);
        var opened = new List<ShardPosition>();
        stream.BeforeOpen = (_, position) => opened.Add(position);
        stream.BeforeRead = (_, reads) =>
        {
            if (reads is 1 or 3)
                throw new IOException("throttled");
            if (reads == 4)
                throw new StreamException(StreamFault.IteratorExpired, new IOException("expired"));
        };

        await DeliverAsync(stream);

        Assert.Equal([ShardPosition.TrimHorizon, ShardPosition.AfterRecord(Number(7))], opened);
    }

    [Fact]
    public async Task The_pause_after_a_second_poll_that_failed_is_longer_whatever_the_failure()
    {
        var stream = Stream(1);
        var polls = new List<DateTimeOffset>();
        stream.BeforeRead = (_, reads) =>
        {
            polls.Add(time.GetUtcNow());
            if (reads <= 6)
                throw reads % 2 == 0
                    ? new StreamException(StreamFault.IteratorExpired, new IOException("expired"))
                    : new IOException("throttled");
        };

        await DeliverAsync(stream);

        // The pause is a second, then two, which is the limit. Chance takes off up to half.
        var pauses = polls.Zip(polls.Skip(1), (one, next) => (next - one).TotalSeconds).ToList();
        Assert.Equal(6, pauses.Count);
        Assert.True(pauses[0] >= 0.5 && pauses.Skip(1).All(pause => pause >= 1), string.Join(' ', pauses));
    }

    private async Task DeliverAsync(SimulatedStream stream, Action<Simulation>? started = null)
    {
        using var simulation = new Simulation(
            new(),
            stream,
            new FunctionOf(_ => FunctionOf.Success),
            time: time,
            retryDelay: 1000,
            logger: log
        );
        simulation.Delivery.Options.TableName = table;
        started?.Invoke(simulation);
        await time.RunUntilAsync(simulation.DeliverAsync(Token), TimeSpan.FromSeconds(0.1));
    }
}
