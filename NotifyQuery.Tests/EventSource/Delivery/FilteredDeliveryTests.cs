using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Filtering;
using NotifyQuery.EventSource.Rules;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What becomes of records that no filter takes: they are done, and nobody waits for them.</summary>
public sealed class FilteredDeliveryTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_what_a_filter_takes_reaches_the_function_and_the_rest_uses_up_no_batch()
    {
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(
            new()
            {
                BatchSize = 3,
                MaximumBatchingWindowInSeconds = 1,
                FilterCriteria = ItemsThatBeginWith("yes"),
            },
            Stream(30, number => number % 5 == 0 ? "yes" : "no"),
            function
        );

        await simulation.DeliverAsync(Token).WaitAsync(Limit, Token);

        Assert.Equal(
            [
                ["5", "10", "15"],
                ["20", "25", "30"],
            ],
            function.Batches
        );
    }

    [Fact]
    public async Task The_checkpoint_passes_records_that_no_filter_takes_also_where_nothing_is_delivered()
    {
        var checkpoints = new InMemoryCheckpoints();
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(
            new() { FilterCriteria = ItemsThatBeginWith("yes") },
            Stream(30, _ => "no"),
            function,
            checkpoints
        );

        await simulation.DeliverAsync(Token).WaitAsync(Limit, Token);

        Assert.Empty(function.Batches);
        Assert.Equal(
            (30.ToString("D21", CultureInfo.InvariantCulture), true),
            checkpoints.Shards.Values.Select(shard => (shard.SequenceNumber!, shard.Completed)).Single()
        );
    }

    [Fact]
    public async Task A_record_that_is_held_up_keeps_the_checkpoint_whatever_is_filtered_behind_it()
    {
        var checkpoints = new InMemoryCheckpoints();
        string? held = null;
        using var crash = new CancellationTokenSource();
        var function = new FunctionOf(
            async (_, cancellation) =>
            {
                held = checkpoints.Shards.Values.Select(shard => shard.SequenceNumber).SingleOrDefault();
                await crash.CancelAsync();
                cancellation.ThrowIfCancellationRequested();
                return FunctionOf.Success;
            }
        );
        var stream = Stream(30, number => number == 3 ? "yes" : "no");
        using (var simulation = new Simulation(new() { FilterCriteria = ItemsThatBeginWith("yes") }, stream, function, checkpoints))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => simulation.DeliverAsync(crash.Token).WaitAsync(Limit, Token));
        var again = new FunctionOf(_ => FunctionOf.Success);
        using var restarted = new Simulation(new() { FilterCriteria = ItemsThatBeginWith("yes") }, stream, again, checkpoints);

        await restarted.DeliverAsync(Token, fresh: false).WaitAsync(Limit, Token);

        Assert.True(held is null || SequenceNumber.Compare(held, "3") < 0, held);
        Assert.Equal(
            [
                ["3"],
            ],
            again.Batches
        );
    }

    [Fact]
    public void However_many_records_are_filtered_behind_one_that_waits_they_are_one_entry()
    {
        var progress = new ShardProgress(2, ShardCheckpoint.Start);
        progress.TryHandOut(Records.Of(1), 0);
        for (var number = 2; number < 10_000; number++)
            progress.Skip(Records.Of(number));
        progress.TryHandOut(Records.Of(10_000), 1);

        Assert.Equal((3, (string?)null), (progress.Outstanding, progress.Checkpoint.SequenceNumber));
        progress.Finish(0, Records.Of(1).SequenceNumber);
        Assert.Equal((1, Records.Of(9_999).SequenceNumber), (progress.Outstanding, progress.Checkpoint.SequenceNumber));
        progress.Finish(1, Records.Of(10_000).SequenceNumber);
        Assert.Equal((0, Records.Of(10_000).SequenceNumber), (progress.Outstanding, progress.Checkpoint.SequenceNumber));
    }

    [Fact]
    public void The_checkpoint_is_the_last_record_before_the_first_that_is_neither_done_nor_filtered() =>
        Prop.ForAll(
                (
                    from lanes in Gen.Choose(1, 4)
                    from kinds in Gen.ListOf(Gen.Choose(-1, lanes - 1)) // -1: filtered
                    from done in Gen.ArrayOf(Gen.Choose(0, 30), lanes)
                    select (lanes, kinds: kinds.ToList(), done)
                ).ToArbitrary(),
                run =>
                {
                    var progress = new ShardProgress(run.lanes, ShardCheckpoint.Start);
                    for (var index = 0; index < run.kinds.Count; index++)
                    {
                        if (run.kinds[index] < 0)
                            progress.Skip(Records.Of(index + 1));
                        else
                            progress.TryHandOut(Records.Of(index + 1), run.kinds[index]);
                    }

                    for (var lane = 0; lane < run.lanes; lane++)
                        if (run.done[lane] > 0)
                            progress.Finish(lane, Records.Of(run.done[lane]).SequenceNumber);
                    var prefix = run.kinds.Index().TakeWhile(kind => kind.Item < 0 || kind.Index + 1 <= run.done[kind.Item]).Count();
                    Assert.Equal(prefix == 0 ? null : Records.Of(prefix).SequenceNumber, progress.Checkpoint.SequenceNumber);
                }
            )
            .QuickCheckThrowOnFailure();

    private static FilterCriteriaOptions ItemsThatBeginWith(string prefix) =>
        new()
        {
            Filters = [new() { Pattern = "{\"dynamodb\":{\"Keys\":{\"transaction_id\":{\"S\":[{\"prefix\":\"" + prefix + "\"}]}}}}" }],
        };
}
