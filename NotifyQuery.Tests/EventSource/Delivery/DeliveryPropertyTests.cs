using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.EventSource.Hosting;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Generated streams with splitting shards, functions that fail at random, readers that fail at random, and crashes.</summary>
public sealed class DeliveryPropertyTests
{
    private sealed record Run(
        int Seed,
        int Items,
        int Records,
        int BatchSize,
        int Lanes,
        bool Reports,
        bool Bisects,
        int Crashes,
        int Budget
    );

    private static readonly Gen<Run> Runs =
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from items in Gen.Choose(1, 30)
        from records in Gen.Choose(0, 250)
        from batchSize in Gen.Choose(1, 40)
        from lanes in Gen.Choose(1, 10)
        from reports in Gen.Elements(true, false)
        from bisects in Gen.Elements(true, false)
        from crashes in Gen.Choose(0, 4)
        from budget in Gen.Choose(0, 2)
        select new Run(seed, items, records, batchSize, lanes, reports, bisects, crashes, budget);

    [Fact]
    public async Task Every_record_is_delivered_in_the_order_of_its_item_through_failures_splits_and_crashes()
    {
        foreach (var run in Runs.Sample(numberOfSamples: 60, Rnd(17), size: 60))
            await ThroughFailuresAsync(run, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Exactly_the_poison_ends_in_dead_letters_when_batches_are_bisected()
    {
        foreach (var run in Runs.Sample(numberOfSamples: 60, Rnd(19), size: 60))
            await WithPoisonAsync(run with { Bisects = true }, TestContext.Current.CancellationToken);
    }

    private static Rnd Rnd(ulong seed) => new(seed, 21);

    private static async Task ThroughFailuresAsync(Run run, CancellationToken cancellationToken)
    {
        var stream = SimulatedStream.Split(run.Seed, run.Items, run.Records);
        var watch = new OrderWatch(stream.Records);
        var random = new Random(run.Seed);
        var crash = new CancellationTokenSource();
        var untilCrash = run.Crashes > 0 ? random.Next(1, 30) : -1;
        stream.BeforeRead = (_, _) =>
        {
            switch (Next(random, 20))
            {
                case 0:
                    throw new StreamException(StreamFault.IteratorExpired, new IOException("expired"));
                case 1:
                    throw new IOException("throttled");
            }
        };
        var function = new FunctionOf(
            async (batch, cancellation) =>
            {
                watch.Begin(batch);
                IEnumerable<ChangeRecord> settled = [];
                try
                {
                    if (Interlocked.Decrement(ref untilCrash) == 0)
                    {
                        await crash.CancelAsync();
                        cancellation.ThrowIfCancellationRequested();
                    }

                    await Task.Yield();
                    var first = Next(random, batch.Count);
                    switch (Next(random, 10))
                    {
                        case 0:
                            return FunctionOf.Thrown;
                        case 1:
                            return new(FunctionReplyKind.TimedOut, Error: "timeout");
                        case 2:
                            return new(FunctionReplyKind.Unavailable, Error: "refused");
                        case 3 when run.Reports:
                            return FunctionOf.Failed("unknown");
                        case 4 when run.Reports:
                            settled = batch.Take(first);
                            return FunctionOf.Failed(batch[first].SequenceNumber, batch[^1].SequenceNumber);
                        default:
                            settled = batch;
                            return FunctionOf.Success;
                    }
                }
                finally
                {
                    watch.End(batch, settled);
                }
            }
        );
        var options = new EventSourceOptions
        {
            BatchSize = run.BatchSize,
            ParallelizationFactor = run.Lanes,
            BisectBatchOnFunctionError = run.Bisects,
            FunctionResponseTypes = run.Reports ? [EventSourceOptions.ReportBatchItemFailures] : [],
        };
        using var simulation = new Simulation(options, stream, function);

        var crashes = 0;
        while (true)
        {
            using var both = CancellationTokenSource.CreateLinkedTokenSource(crash.Token, cancellationToken);
            try
            {
                await simulation.DeliverAsync(both.Token).WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
                break;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                crash = new CancellationTokenSource();
                untilCrash = ++crashes < run.Crashes ? random.Next(1, 30) : -1;
            }
        }

        Assert.True(watch.Violations.Count == 0, $"{run}: {string.Join("; ", watch.Violations)}");
        Assert.Equal(stream.Records.Select(record => record.SequenceNumber).Order(), watch.Settled.Order());
        Assert.Empty(simulation.DeadLetters.Letters);

        // A crash repeats at most one batch of each lane of each shard that was being delivered: what was in flight.
        var shards = (await stream.ListShardsAsync(SimulatedStream.Arn, cancellationToken)).Count;
        Assert.InRange(watch.Repeated, 0, crashes * run.Lanes * run.BatchSize * shards);
        Assert.True(crashes > 0 || watch.Repeated == 0, $"{run}: repeated {watch.Repeated} without a crash");
        Assert.All(((InMemoryCheckpoints)simulation.Checkpoints).Shards.Values, checkpoint => Assert.True(checkpoint.Completed));
    }

    private static async Task WithPoisonAsync(Run run, CancellationToken cancellationToken)
    {
        var stream = SimulatedStream.Split(run.Seed, run.Items, run.Records);
        var random = new Random(run.Seed);
        var poison = stream.Records.Where(_ => random.Next(12) == 0).Select(record => record.SequenceNumber).ToHashSet();
        var watch = new OrderWatch(stream.Records);
        var function = new FunctionOf(
            async (batch, _) =>
            {
                watch.Begin(batch);
                await Task.Yield();
                var first = batch.ToList().FindIndex(record => poison.Contains(record.SequenceNumber));
                var poisonous = first >= 0;
                // A single poisoned record is settled by being given up, once its budget is used up: it is watched as settled from the
                // first.
                watch.End(
                    batch,
                    !poisonous ? batch
                        : batch.Count == 1 ? batch
                        : run.Reports ? batch.Take(first)
                        : []
                );
                return !poisonous ? FunctionOf.Success
                    : run.Reports ? FunctionOf.Failed(batch[first].SequenceNumber)
                    : FunctionOf.Thrown;
            }
        );
        var options = new EventSourceOptions
        {
            BatchSize = run.BatchSize,
            ParallelizationFactor = run.Lanes,
            BisectBatchOnFunctionError = true,
            MaximumRetryAttempts = run.Budget,
            FunctionResponseTypes = run.Reports ? [EventSourceOptions.ReportBatchItemFailures] : [],
        };
        using var simulation = new Simulation(options, stream, function);
        simulation.DeadLetters.Refusals = 2;

        await simulation.DeliverAsync(cancellationToken).WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);

        Assert.True(watch.Violations.Count == 0, $"{run}: {string.Join("; ", watch.Violations)}");
        Assert.Equal(poison.Order(), simulation.DeadLetters.Letters.Values.Select(letter => letter.SequenceNumber).Order());
        Assert.All(simulation.DeadLetters.Letters.Values, letter => Assert.Equal(run.Budget + 1, letter.Attempts));
        Assert.Equal(stream.Records.Select(record => record.SequenceNumber).Order(), watch.Settled.Order());
    }

    private static int Next(Random random, int limit)
    {
        lock (random)
            return random.Next(limit);
    }
}
