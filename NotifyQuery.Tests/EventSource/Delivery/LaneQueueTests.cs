using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Rules;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>When a batch is complete: at its size, at the end of its window, at the end of the shard, and on nothing else.</summary>
public sealed class LaneQueueTests : IDisposable
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    private readonly ManualTime time = new();
    private readonly Simulation simulation;
    private readonly LaneQueue queue;

    public LaneQueueTests()
    {
        simulation = new(
            new() { BatchSize = 3, MaximumBatchingWindowInSeconds = 5 },
            Stream(0),
            new FunctionOf(_ => FunctionOf.Success),
            time: time
        );
        queue = new(simulation.Delivery);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_batch_does_not_wait_for_its_window_and_the_next_begins_with_the_record_after_it()
    {
        Add(1, 2, 3, 4);
        Assert.Equal("1 2 3", await NextAsync());
        Add(5, 6);
        Assert.Equal("4 5 6", await NextAsync());
    }

    [Fact]
    public async Task The_window_is_opened_by_the_first_record_and_its_end_completes_the_batch()
    {
        var next = NextAsync();
        time.Advance(TimeSpan.FromMinutes(1)); // nothing waits yet
        Add(1);
        await WaitsAsync();
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(next.IsCompleted);
        Add(2);

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("1 2", await next);
    }

    [Fact]
    public async Task A_batch_that_fills_within_its_window_is_complete_at_once()
    {
        var next = NextAsync();
        Add(1);
        await WaitsAsync();

        Add(2, 3);

        Assert.Equal("1 2 3", await next);
    }

    [Fact]
    public async Task The_end_of_the_shard_completes_the_batch_and_there_is_none_after_it()
    {
        var next = NextAsync();
        Add(1);
        await WaitsAsync();

        queue.Complete();

        Assert.Equal("1", await next);
        Assert.Null(await NextAsync());
    }

    [Fact]
    public async Task A_stop_makes_no_batch_of_records_whose_window_is_open()
    {
        using var stop = new CancellationTokenSource();
        Add(1);
        var next = queue.NextBatchAsync(stop.Token);
        await WaitsAsync();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.WaitAsync(TimeLimit, Token));
    }

    [Fact]
    public async Task A_record_that_no_longer_fits_into_the_payload_begins_the_next_batch()
    {
        const int Half = EventPayload.LimitBytes / 2;
        queue.Add(Records.Of(1, bytes: Half));
        queue.Add(Records.Of(2, bytes: Half));
        queue.Complete();

        Assert.Equal("1", await NextAsync());
        Assert.Equal("2", await NextAsync());
    }

    [Fact]
    public async Task Without_a_window_a_batch_is_what_is_there()
    {
        simulation.Delivery.Options.MaximumBatchingWindowInSeconds = 0;
        Add(1, 2);

        Assert.Equal("1 2", await NextAsync());
    }

    public void Dispose() => simulation.Dispose();

    private void Add(params int[] numbers)
    {
        foreach (var number in numbers)
            queue.Add(Records.Of(number));
    }

    private async Task<string?> NextAsync() =>
        await queue.NextBatchAsync(Token).WaitAsync(TimeLimit, Token) is { } batch
            ? string.Join(' ', Records.Numbers(batch.Records))
            : null;

    /// <summary>Waits until the lane has taken the first record.</summary>
    private Task WaitsAsync() => Eventually.TrueAsync(() => time.NextIn == TimeSpan.FromSeconds(5), "the window is open");
}
