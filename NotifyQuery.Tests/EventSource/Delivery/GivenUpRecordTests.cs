using NotifyQuery.EventSource.Ports;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// Records that are given up on, by their budget, their age or their size: each is kept as a dead letter, and the others go on.
/// </summary>
public sealed class GivenUpRecordTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

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
}
