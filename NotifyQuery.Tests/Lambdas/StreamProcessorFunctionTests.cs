using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.Lambdas.StreamProcessor;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Lambdas;

/// <summary>When a batch ends that does not end by itself, and what the function then answers.</summary>
public sealed class StreamProcessorFunctionTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    private readonly FakeTimeProvider time = FakeTime.New();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_applied_is_not_named_and_what_is_not_is_named_in_the_order_of_the_batch()
    {
        var store = new ScriptedStore(
            (write, _) =>
                Task.FromResult(
                    new WriteResult(
                        write.Key.SortKey.EndsWith('2') || write.Key.SortKey.EndsWith('3') ? WriteOutcome.Unavailable : WriteOutcome.Applied
                    )
                )
        );

        Assert.Equal(["102", "103"], await FailedAsync(store, Batch(1, 2, 3, 4)));
        Assert.Empty(await FailedAsync(store, Batch(1, 4)));
        Assert.Empty(await FailedAsync(store, Event("""{"Records":[]}""")));
    }

    [Fact]
    public async Task Stopping_the_process_ends_a_slow_batch_at_once_and_names_what_is_not_done()
    {
        using var stop = new CancellationTokenSource();
        var store = new HangingStore();
        var handling = FailedAsync(store, Batch(1, 2, 3), stop: stop.Token);
        await store.Reached.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.False(handling.IsCompleted);

        await stop.CancelAsync();

        Assert.Equal(["101", "102", "103"], await handling);
    }

    [Theory]
    [InlineData(60_000, null, 54_000)] // a tenth of the runtime's time is kept to say what is not done
    [InlineData(5_000, null, 4_000)] // at least a second
    [InlineData(1_001, null, 1)]
    [InlineData(600_000, 30_000, 27_000)] // the function's own limit, where it is shorter
    [InlineData(5_000, 30_000, 4_000)] // and the runtime's time where that is
    public async Task A_batch_that_hangs_is_answered_before_the_time_is_over(
        int remainingMilliseconds,
        int? limitMilliseconds,
        int answeredAfter
    )
    {
        var store = new HangingStore();
        var handling = FailedAsync(
            store,
            Batch(1, 2),
            TimeSpan.FromMilliseconds(remainingMilliseconds),
            limitMilliseconds is { } limit ? TimeSpan.FromMilliseconds(limit) : null
        );
        await store.Reached.WaitAsync(TimeSpan.FromSeconds(30), Token);

        time.Advance(TimeSpan.FromMilliseconds(answeredAfter) - TimeSpan.FromTicks(1));
        Assert.False(handling.IsCompleted);
        time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(["101", "102"], await handling);
    }

    [Theory]
    [InlineData(1000)] // all of it is the margin
    [InlineData(0)]
    [InlineData(-500)]
    public async Task A_batch_for_which_there_is_no_time_is_named_and_not_begun(int remainingMilliseconds)
    {
        var store = new HangingStore();

        var failed = await FailedAsync(store, Batch(1, 2), TimeSpan.FromMilliseconds(remainingMilliseconds));

        Assert.Equal(["101", "102"], failed);
        Assert.False(store.Reached.IsCompleted, "the batch was begun");
    }

    [Fact]
    public async Task An_exception_that_nobody_expects_fails_the_whole_batch()
    {
        var store = new ScriptedStore((_, _) => throw new InvalidOperationException("a bug"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => FailedAsync(store, Batch(1, 2)));
    }

    private async Task<IEnumerable<string>> FailedAsync(
        IProjectionStore store,
        JsonElement batch,
        TimeSpan? remaining = null,
        TimeSpan? limit = null,
        CancellationToken? stop = null
    )
    {
        var function = new StreamProcessorFunction(
            new BatchProjector(store, new InMemoryDeadLetters(), TimeProvider.System, concurrency: 8),
            limit,
            time,
            NullLogger<StreamProcessorFunction>.Instance
        );
        var answer = await function
            .HandleAsync(batch, new InvocationContext(remaining ?? Long), stop ?? Token)
            .WaitAsync(TimeSpan.FromSeconds(30), Token);
        return answer.BatchItemFailures.Select(failure => failure.ItemIdentifier);
    }

    private static JsonElement Batch(params int[] numbers) =>
        Event(
            $"{{\"Records\":[{string.Join(',', numbers.Select(number => $$$"""
        {
          "eventID": "event-{{{number}}}", "eventName": "INSERT",
          "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/command-records/stream/2026-11-22T08:00:00.000",
          "dynamodb": {
            "SequenceNumber": "{{{100 + number}}}", "ApproximateCreationDateTime": 1795335330,
            "NewImage": {"transaction_id":{"S":"tx-{{{number}}}"},"created_at":{"S":"2026-11-22T08:15:30.123Z"},"user_id":{"S":"ann"}}
          }
        }
        """))}]}}"
        );

    private static JsonElement Event(string json) => JsonDocument.Parse(json).RootElement;

    private sealed class ScriptedStore(Func<ProjectionWrite, CancellationToken, Task<WriteResult>> write) : IProjectionStore
    {
        public Task<WriteResult> WriteAsync(ProjectionWrite planned, CancellationToken cancellationToken) =>
            write(planned, cancellationToken);
    }

    /// <summary>Never answers; ends only when it is told to.</summary>
    private sealed class HangingStore : IProjectionStore
    {
        private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => reached.Task;

        public async Task<WriteResult> WriteAsync(ProjectionWrite write, CancellationToken cancellationToken)
        {
            reached.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return default;
        }
    }
}
