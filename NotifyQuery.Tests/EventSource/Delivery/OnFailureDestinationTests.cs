using System.Text;
using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Rules;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What is kept of records that failed for good, and how many are stored at once.</summary>
public sealed class OnFailureDestinationTests : IDisposable
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);
    private static readonly GivenUp Why = new(DiscardCondition.RetryAttemptsExhausted, 3, "Boom", "r-1", "processor", "arn", "shard");

    private readonly Simulation simulation = new(new(), Stream(0), new FunctionOf(_ => FunctionOf.Success));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FaultyDeadLetters DeadLetters => simulation.DeadLetters;

    [Fact]
    public async Task A_dead_letter_says_what_failed_of_which_batch_how_often_and_with_which_error()
    {
        var records = new[] { Records.Of(1, "first"), Records.Of(2, "second"), Records.Of(3, "third") };

        await SendAsync(records, Why);
        var letter = DeadLetters.Letters["event-2"];

        Assert.Equal(
            $"processor failed to process a batch of 3 ({Number(1)} to {Number(3)}) of shard of arn in 3 invocations; "
                + "the last ended with Boom, request r-1.",
            letter.ErrorMessage
        );
        Assert.Equal(
            ("RetryAttemptsExhausted", 3, records[1].CreatedAt, Number(2), "second", null),
            (letter.ErrorType, letter.Attempts, letter.CommittedAt, letter.SequenceNumber, letter.TransactionId, letter.CreatedAt)
        );
        Assert.Equal(Encoding.UTF8.GetString(records[1].Json.Span), letter.Record);
    }

    [Fact]
    public async Task A_dead_letter_without_an_invocation_says_so()
    {
        await SendAsync([Records.Of(1)], Why with { Invocations = 0, LastError = null, RequestId = null });

        Assert.EndsWith(
            "in 0 invocations; the last ended with no error, request unknown.",
            DeadLetters.Letters["event-1"].ErrorMessage,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("""{"dynamodb":{"Keys":[]}}""")]
    [InlineData("""{"dynamodb":{"Keys":{"transaction_id":{"N":"7"}}}}""")]
    [InlineData("""{"dynamodb":{"Keys":{"transaction_id":{"S":7}}}}""")]
    [InlineData("""{"dynamodb":{"Keys":{"transaction_id":"tx"}}}""")]
    [InlineData("""{"dynamodb":{}}""")]
    public async Task A_record_whose_key_makes_no_sense_is_kept_without_one(string json)
    {
        await SendAsync([new("1", "e", "item", default, Encoding.UTF8.GetBytes(json))], Why);

        var letter = DeadLetters.Letters["e"];
        Assert.Equal((null, null, json), (letter.TransactionId, letter.CreatedAt, letter.Record));
    }

    [Fact]
    public async Task Eight_records_are_stored_at_once_and_no_more()
    {
        var (running, most) = (0, 0);
        var eight = new TaskCompletionSource();
        DeadLetters.BeforePut = async token =>
        {
            var now = Interlocked.Increment(ref running);
            lock (eight)
                most = Math.Max(most, now);
            if (now == 8)
                eight.TrySetResult();
            await eight.Task.WaitAsync(token);
            await Task.Yield();
            Interlocked.Decrement(ref running);
        };

        await SendAsync([.. Enumerable.Range(1, 50).Select(number => Records.Of(number))], Why);

        Assert.Equal((8, 50), (most, DeadLetters.Letters.Count));
    }

    [Fact]
    public async Task A_letter_that_the_table_does_not_take_is_tried_again_until_it_does()
    {
        using var failures = simulation.Counter("failures");
        DeadLetters.Refusals = 3;

        await SendAsync([Records.Of(1)], Why);

        Assert.Single(DeadLetters.Letters);
        Assert.Equal(3, failures.GetMeasurementSnapshot().Count(one => one.Tags["reason"] as string == "backend"));
    }

    [Fact]
    public async Task A_stop_ends_the_attempts_to_store()
    {
        using var abandon = new CancellationTokenSource();
        DeadLetters.BeforePut = async token =>
        {
            await abandon.CancelAsync();
            token.ThrowIfCancellationRequested();
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            simulation.Delivery.OnFailure.SendAsync(new[] { Records.Of(1) }, Why, abandon.Token).WaitAsync(TimeLimit, Token)
        );
        Assert.Empty(DeadLetters.Letters);
    }

    public void Dispose() => simulation.Dispose();

    private Task SendAsync(ChangeRecord[] records, GivenUp why) =>
        simulation.Delivery.OnFailure.SendAsync(records, why, Token).WaitAsync(TimeLimit, Token);
}
