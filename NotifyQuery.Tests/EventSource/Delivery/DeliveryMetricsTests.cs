using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using NotifyQuery.EventSource.Filtering;
using NotifyQuery.EventSource.Hosting;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What the event source counts, by which an operator sees what becomes of the records.</summary>
public sealed class DeliveryMetricsTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Records_are_counted_as_read_filtered_and_done_and_invocations_by_their_outcome()
    {
        var invocations = 0;
        var function = new FunctionOf(batch =>
            ++invocations switch
            {
                1 => FunctionOf.Thrown,
                2 => new(FunctionReplyKind.TimedOut, Error: "slow"),
                3 => new(FunctionReplyKind.Unavailable, Error: "refused"),
                4 => new(FunctionReplyKind.TooLarge, Error: "413"),
                5 => new(FunctionReplyKind.Returned, "request", "nonsense"u8.ToArray()),
                6 => FunctionOf.Failed(batch[1].SequenceNumber),
                _ => FunctionOf.Success,
            }
        );
        using var simulation = new Simulation(
            new()
            {
                BatchSize = 6,
                MaximumBatchingWindowInSeconds = 60, // the batch is complete before: it has all six
                FunctionResponseTypes = [EventSourceOptions.ReportBatchItemFailures],
                FilterCriteria = Items("yes"),
            },
            Stream(7, number => number == 7 ? "no" : "yes"),
            function
        );
        using var read = simulation.Counter("records_read");
        using var filtered = simulation.Counter("records_filtered");
        using var done = simulation.Counter("records");
        using var batches = simulation.Counter("batches");
        using var retries = simulation.Counter("retries");
        using var failures = simulation.Counter("failures");

        await simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token);

        Assert.Equal((7, 1, 6), (Sum(read), Sum(filtered), Sum(done)));
        Assert.Equal(
            ["function_error", "timeout", "unavailable", "too_large", "bad_answer", "reported", "done", "done"],
            Tags(batches, "outcome")
        );
        Assert.Equal(["function_error", "timeout", "unavailable", "too_large", "bad_answer", "reported"], Tags(failures, "reason"));
        // The second to the seventh invocation have records that failed before, also in another batch.
        Assert.Equal(6, Sum(retries));
        var report = simulation.Status.Report();
        Assert.Equal((7L, 6L, 8L, 6L), (report.RecordsRead, report.RecordsDone, report.Invocations, report.InvocationsFailed));
        Assert.Null(report.LastError);
    }

    [Theory]
    [InlineData(FunctionReplyKind.FunctionError, 0, -1, "retry_attempts_exhausted")]
    [InlineData(FunctionReplyKind.TooLarge, -1, -1, "payload_size_exceeded")]
    [InlineData(FunctionReplyKind.Returned, -1, 60, "record_age_exceeded")]
    public async Task Records_that_are_given_up_are_counted_by_the_reason(object kind, int attempts, int age, string reason)
    {
        var stream = new SimulatedStream();
        stream.Add(null).Records.Add(Records.Of(1, createdAt: DateTimeOffset.UtcNow.AddHours(-1)));
        using var simulation = new Simulation(
            new() { MaximumRetryAttempts = attempts, MaximumRecordAgeInSeconds = age },
            stream,
            new FunctionOf(_ => new((FunctionReplyKind)kind, Error: "error"))
        );
        using var failures = simulation.Counter("failures");
        using var done = simulation.Counter("records");

        await simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token);

        Assert.Contains(reason, Tags(failures, "reason"));
        Assert.Equal(1, Sum(done));
    }

    [Fact]
    public async Task Failures_to_read_are_counted_by_their_cause()
    {
        var time = FakeTime.New();
        var stream = Stream(1);
        stream.BeforeFind = () =>
        {
            stream.BeforeFind = null;
            throw new IOException("away");
        };
        stream.BeforeRead = (_, reads) =>
        {
            if (reads == 1)
                throw new IOException("throttled");
            if (reads == 2)
                throw new StreamException(StreamFault.IteratorExpired, new IOException("expired"));
            if (reads == 3)
                throw new StreamException(StreamFault.Trimmed, new IOException("trimmed"));
            if (reads == 4)
                throw new InvalidOperationException("a fault of our own");
            if (reads <= 7)
                throw new StreamException(StreamFault.Gone, new IOException("gone"));
        };
        using var simulation = new Simulation(new(), stream, new FunctionOf(_ => FunctionOf.Success), time: time);
        using var failures = simulation.Counter("failures");

        await time.RunUntilAsync(simulation.DeliverAsync(Token), TimeSpan.FromSeconds(1));

        // The engine may have trimmed records, because this stream has no time of its creation.
        Assert.Equal(["read", "read", "iterator_expired", "trimmed", "internal", "shard_gone"], Tags(failures, "reason"));
    }

    [Fact]
    public async Task A_shard_that_is_given_up_is_counted()
    {
        var time = FakeTime.New();
        var stream = Stream(1);
        stream.BeforeRead = (_, _) => throw new InvalidOperationException("a fault of our own");
        using var simulation = new Simulation(
            new() { MaximumRetryAttempts = 0 },
            stream,
            new FunctionOf(_ => FunctionOf.Success),
            time: time
        );
        using var failures = simulation.Counter("failures");

        await time.RunUntilAsync(simulation.DeliverAsync(Token), TimeSpan.FromSeconds(1));

        Assert.Equal(["internal", "shard_given_up"], Tags(failures, "reason"));
    }

    [Fact]
    public async Task A_reset_is_counted_once_for_each_shard_whose_position_is_replaced()
    {
        await using var delivery = new ControlledDelivery();
        delivery.Write(1, 1);
        var source = await delivery.StartAsync();
        using var resets = source.Counter("resets");
        await delivery.UntilAsync(() => delivery.Delivered.Count == 1, "it delivers");

        delivery.Checkpoints.Ask(null, delivery.Reset(), delivery.Reset() with { StreamArn = "another" });

        await delivery.UntilAsync(() => delivery.Delivered.Count == 2, "it delivers again");
        Assert.Equal(1, Sum(resets));
    }

    private static long Sum(MetricCollector<long> counter) => counter.GetMeasurementSnapshot().EvaluateAsCounter();

    private static IEnumerable<object?> Tags(MetricCollector<long> counter, string tag) =>
        counter.GetMeasurementSnapshot().Select(one => one.Tags[tag]);

    private static FilterCriteriaOptions Items(string prefix) =>
        new()
        {
            Filters = [new() { Pattern = "{\"dynamodb\":{\"Keys\":{\"transaction_id\":{\"S\":[{\"prefix\":\"" + prefix + "\"}]}}}}" }],
        };
}
