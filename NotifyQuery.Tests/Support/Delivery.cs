using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.Support;

/// <summary>The tables that a scenario is projected into, and ways to read their content afterwards.</summary>
internal sealed record Target(
    IProjectionStore Store,
    IDeadLetters DeadLetters,
    Func<Task<IReadOnlyList<Notification>>> VisibleAsync,
    Func<Task<IReadOnlyList<string>>> DeadEventsAsync
)
{
    public static Target InMemory(InMemoryProjectionStore store)
    {
        var deadLetters = new InMemoryDeadLetters();
        return new(
            store,
            deadLetters,
            () => Task.FromResult<IReadOnlyList<Notification>>([.. store.Visible.Select(ToNotification)]),
            () => Task.FromResult<IReadOnlyList<string>>([.. deadLetters.Letters.Select(letter => letter.EventId)])
        );
    }

    private static Notification ToNotification(CommandRecord record) =>
        new()
        {
            TransactionId = record.TransactionId,
            UserId = record.UserId,
            CreatedAt = record.CreatedAt,
            Channel = record.Channel?.ToName(),
            Status = record.Status?.ToName(),
            CampaignId = record.CampaignId,
            Title = record.Title,
            Body = record.Body,
            ErrorMessage = record.ErrorMessage,
            UpdatedAt = record.UpdatedAt,
        };
}

/// <summary>
/// Delivers the stream of a scenario as Lambda's event source mapping does: each shard in order. After failed records, delivery continues
/// from the lowest failed record. If the function crashed, the whole batch is delivered again.
/// </summary>
/// <param name="target">The destination of the projection.</param>
/// <param name="toRetry">Returns the sequence number from which a retry starts; null if the batch is done.</param>
internal sealed class Delivery(Target target, Func<BatchReport, string?> toRetry)
{
    /// <summary>As on AWS: the lowest sequence number of the failed records.</summary>
    public static string? LowestFailed(BatchReport report) => report.Failed.MinBy(long.Parse);

    /// <summary>Delivers everything with all steps of the scenario. Returns the differences between the tables and the history.</summary>
    /// <returns>The differences; empty if there are none.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(Scenario scenario, CancellationToken cancellationToken)
    {
        var stream = scenario.Stream();
        var shards = Enumerable
            .Range(0, scenario.ShardCount)
            .Select(shard => stream.Where(r => r.Shard == shard).Select(r => r.Change).ToList())
            .ToList();
        var checkpoints = new int[scenario.ShardCount];
        foreach (var step in scenario.Steps.Where(step => step.Shard < scenario.ShardCount))
        {
            var (records, checkpoint) = (shards[step.Shard], checkpoints[step.Shard]);
            switch (step.Act)
            {
                case Act.Deliver:
                    checkpoints[step.Shard] = await DeliverAsync(records, checkpoint, Batch(records, checkpoint, step.Size), step.Faults);
                    break;
                case Act.DeliverWithDuplicate:
                    var batch = Batch(records, checkpoint, step.Size);
                    checkpoints[step.Shard] = await DeliverAsync(
                        records,
                        checkpoint,
                        [.. batch, .. batch.Skip(step.From % Math.Max(1, batch.Count)).Take(1)],
                        step.Faults
                    );
                    break;
                case Act.Rewind:
                    checkpoints[step.Shard] = Math.Min(checkpoint, step.From);
                    break;
                case Act.DeliverBesides:
                    await DeliverAsync(records, 0, Batch(records, step.From % Math.Max(1, records.Count), step.Size), step.Faults);
                    break;
                default:
                    throw new InvalidOperationException($"{step.Act} is no act");
            }
        }

        // The rest is delivered without faults.
        foreach (
            var shard in scenario.NewestFirst
                ? Enumerable.Range(0, scenario.ShardCount).Reverse()
                : Enumerable.Range(0, scenario.ShardCount)
        )
            while (checkpoints[shard] < shards[shard].Count)
                checkpoints[shard] = await DeliverAsync(
                    shards[shard],
                    checkpoints[shard],
                    Batch(shards[shard], checkpoints[shard], scenario.LastBatchSize),
                    null
                );

        return
        [
            .. Differences("notification", scenario.Fold(), await target.VisibleAsync()),
            .. Differences("dead letter", [.. stream.Where(r => r.Poison).Select(r => r.Change.EventId)], await target.DeadEventsAsync()),
        ];

        async Task<int> DeliverAsync(List<StreamChange> records, int checkpoint, IReadOnlyList<StreamChange> batch, int? faults)
        {
            IProjectionStore store = faults is { } seed ? new FaultyStore(target.Store, seed) : target.Store;
            IDeadLetters deadLetters = faults is { } other ? new FaultyDeadLetters(target.DeadLetters, other) : target.DeadLetters;
            try
            {
                var report = await new BatchProjector(store, deadLetters, TimeProvider.System, scenario.Concurrency).ProjectAsync(
                    batch,
                    cancellationToken
                );
                return toRetry(report) is { } sequenceNumber
                    ? records.FindIndex(r => r.SequenceNumber == sequenceNumber)
                    : Math.Min(records.Count, checkpoint + batch.DistinctBy(change => change.SequenceNumber).Count());
            }
            catch (CrashException)
            {
                return checkpoint;
            }
        }
    }

    private static List<StreamChange> Batch(List<StreamChange> records, int from, int size) => [.. records.Skip(from).Take(size)];

    private static IEnumerable<string> Differences<T>(string what, IReadOnlyList<T> expected, IReadOnlyList<T> actual) =>
        [
            .. expected.Except(actual).Select(e => $"missing {what}: {e}"),
            .. actual.Except(expected).Select(a => $"unexpected {what}: {a}"),
            .. actual.Count == actual.Distinct().Count() ? (string[])[] : [$"a {what} is there twice"],
        ];

    /// <summary>The process crashes during a write.</summary>
    private sealed class CrashException : Exception;

    /// <summary>
    /// Makes five of twelve writes fail: refused, done without a response, or a crash of the process. The same seed and write always give
    /// the same result.
    /// </summary>
    private static async Task<WriteResult> FaultAsync(int seed, string write, Func<Task<WriteResult>> makeAsync)
    {
        var hash = (uint)seed;
        foreach (var letter in write)
            hash = (hash ^ letter) * 16777619; // FNV-1a
        switch (hash / 7 % 12)
        {
            case 0 or 1:
                return new(WriteOutcome.Unavailable, "throttled");
            case 2:
                await makeAsync();
                return new(WriteOutcome.Unavailable, "the answer was lost");
            case 3:
                throw new CrashException();
            case 4:
                await makeAsync();
                throw new CrashException();
            default:
                await Task.Yield(); // lets other writes go first
                return await makeAsync();
        }
    }

    private sealed class FaultyStore(IProjectionStore inner, int seed) : IProjectionStore
    {
        public Task<WriteResult> WriteAsync(ProjectionWrite write, CancellationToken cancellationToken) =>
            FaultAsync(seed, $"{write.Key}{write.Version}", () => inner.WriteAsync(write, cancellationToken));
    }

    private sealed class FaultyDeadLetters(IDeadLetters inner, int seed) : IDeadLetters
    {
        public Task<WriteResult> PutAsync(DeadLetter letter, CancellationToken cancellationToken) =>
            FaultAsync(seed, letter.EventId, () => inner.PutAsync(letter, cancellationToken));
    }
}
