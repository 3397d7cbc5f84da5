using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Hosting;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What is said of batches that fail: in the log, in the status, and in the dead letters.</summary>
public sealed class LaneDetailTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Records_that_the_function_reported_to_the_end_are_kept_with_that_reason_and_its_request()
    {
        using var simulation = new Simulation(
            new() { MaximumRetryAttempts = 0, FunctionResponseTypes = [EventSourceOptions.ReportBatchItemFailures] },
            Stream(1),
            new FunctionOf(_ => FunctionOf.Failed(Number(1)))
        );

        await simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token);

        var letter = Assert.Single(simulation.DeadLetters.Letters.Values);
        Assert.EndsWith(
            "in 1 invocations; the last ended with reported failures, request request.",
            letter.ErrorMessage,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_record_that_grows_too_large_counts_every_invocation_that_it_had()
    {
        var invocations = 0;
        using var simulation = new Simulation(
            new(),
            Stream(1),
            new FunctionOf(_ => ++invocations < 3 ? FunctionOf.Thrown : new(FunctionReplyKind.TooLarge, Error: "413"))
        );

        await simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token);

        var letter = Assert.Single(simulation.DeadLetters.Letters.Values);
        Assert.Equal(("PayloadSizeExceeded", 3), (letter.ErrorType, letter.Attempts));
        Assert.Contains("the last ended with 413", letter.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_that_is_too_old_from_the_start_is_kept_without_an_error_of_the_function()
    {
        var stream = new SimulatedStream();
        stream.Add(null).Records.Add(Records.Of(1, createdAt: DateTimeOffset.UtcNow.AddHours(-1)));
        using var simulation = new Simulation(new() { MaximumRecordAgeInSeconds = 60 }, stream, new FunctionOf(_ => FunctionOf.Thrown));

        await simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token);

        var letter = Assert.Single(simulation.DeadLetters.Letters.Values);
        Assert.EndsWith("in 0 invocations; the last ended with no error, request unknown.", letter.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failures_in_a_row_are_logged_once_until_records_are_done_and_each_giving_up_is()
    {
        var log = new FakeLogger<DeliveryContext>();
        FunctionReply[] replies =
        [
            FunctionOf.Thrown,
            new(FunctionReplyKind.Unavailable, Error: "refused"), // in a row: not logged
            FunctionOf.Failed(Number(2)), // a part is done
            FunctionOf.Failed(Number(2)), // in a row
            FunctionOf.Success,
            new(FunctionReplyKind.TimedOut, Error: "slow"),
            FunctionOf.Thrown, // in a row, and given up
            new(FunctionReplyKind.Returned, "request", "nonsense"u8.ToArray()),
            FunctionOf.Success,
        ];
        var invocations = 0;
        using var simulation = new Simulation(
            new()
            {
                BatchSize = 2,
                MaximumBatchingWindowInSeconds = 60, // each batch is complete before: it has its two
                MaximumRetryAttempts = 1,
                FunctionResponseTypes = [EventSourceOptions.ReportBatchItemFailures],
            },
            Stream(6),
            new FunctionOf(_ => replies[invocations++]),
            logger: log
        );

        await simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token);

        Assert.Equal(replies.Length, invocations);
        Assert.Equal(
            [
                "Warning: processor failed to process 2 records of shardId-0000: InvalidOperationException",
                "Warning: processor failed to process 2 records of shardId-0000: it reported failed records",
                "Warning: processor failed to process 2 records of shardId-0000: slow",
                $"Error: Gave up on 2 records of shardId-0000 from {Number(3)} to {Number(4)}: RetryAttemptsExhausted after 2 invocations",
                "Warning: processor failed to process 2 records of shardId-0000: the function's response is not JSON",
            ],
            log.Collector.GetSnapshot().Where(line => line.Level > LogLevel.Information).Select(line => $"{line.Level}: {line.Message}")
        );
    }

    [Fact]
    public async Task The_lag_is_the_age_of_the_oldest_record_of_the_batch_that_was_done_last()
    {
        var time = FakeTime.New();
        var stream = new SimulatedStream();
        stream
            .Add(null)
            .Records.AddRange([
                Records.Of(1, createdAt: time.GetUtcNow().AddSeconds(-7)),
                Records.Of(2, createdAt: time.GetUtcNow().AddSeconds(-5)),
            ]);
        var inFlight = new List<int>();
        var simulation = (Simulation?)null;
        var function = new FunctionOf(_ =>
        {
            inFlight.Add(simulation!.Status.Report().Shards.Single().InvocationsInFlight);
            return FunctionOf.Success;
        });
        using (simulation = new Simulation(new() { BatchSize = 2, MaximumBatchingWindowInSeconds = 60 }, stream, function, time: time))
        {
            await simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token);

            Assert.Equal(7, simulation.Status.Report().LagSeconds);
            Assert.Equal([1], inFlight);
        }
    }
}
