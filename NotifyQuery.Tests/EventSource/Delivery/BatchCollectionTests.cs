using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>How many records a batch gathers, and how far a reader is ahead of it.</summary>
public sealed class BatchCollectionTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

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

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeLimit);
        while (!condition())
            await Task.Delay(5, deadline.Token);
    }
}
