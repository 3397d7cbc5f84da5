using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Leasing;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Delivery;

/// <summary>Delivers one stream: finds its shards, parents first, and runs each one until it is closed and done.</summary>
internal sealed class StreamConsumer(DeliveryContext delivery, Lease lease, StreamPointer stream, bool fresh)
{
    /// <summary>The interval for finding new shards, and for checking whether the table still has this stream.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How many times in a row a listed shard must be reported as unknown before it counts as gone. A single response may be an error of
    /// the engine.
    /// </summary>
    private const int GoneAfter = 3;

    private readonly Dictionary<string, Task> running = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Trouble> unknown = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Trouble> failing = new(StringComparer.Ordinal);
    private readonly HashSet<string> passedOver = new(StringComparer.Ordinal);
    private bool replaced;
    private IReadOnlyDictionary<string, ShardCheckpoint> checkpoints = new Dictionary<string, ShardCheckpoint>();

    /// <summary>Runs until the table has another stream (or none) and all shards of this stream are done.</summary>
    public async Task RunAsync(StopTokens stop)
    {
        using var failed = new CancellationTokenSource();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop.Stopping, failed.Token);
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(stop.Abandon, failed.Token);
        try
        {
            await ConsumeAsync(new(stopping.Token, abandon.Token));
        }
        finally
        {
            if (!stop.Stopping.IsCancellationRequested)
                await failed.CancelAsync();
            await Task.WhenAll(running.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delivery.Status.LeaveAll();
        }
    }

    /// <summary>
    /// Whether an exception of a shard consumer is a failure. False if the consumer was stopped, the lease was lost, or the shard no longer
    /// exists.
    /// </summary>
    public static bool IsFailure(Exception exception) =>
        exception is not (OperationCanceledException or LeaseLostException or StreamException { Fault: StreamFault.Gone });

    private async Task ConsumeAsync(StopTokens stop)
    {
        var failures = 0;
        var first = fresh;
        await ReloadAsync(stop.Stopping);
        while (true)
        {
            var pause = LookAgain;
            try
            {
                // Must be called before the shards are listed: the list then includes every shard that this stream had when it was
                // replaced.
                var latest = await delivery.Stream.FindAsync(delivery.Options.TableName, stop.Stopping);
                var shards = await delivery.Stream.ListShardsAsync(stream.StreamArn, stop.Stopping);
                replaced = latest is not null && latest != stream.StreamArn;
                await ForgetTrimmedAsync(shards, stop.Stopping);
                StartReady(shards, first, stop);
                first = false;
                failures = 0;
                delivery.Status.Listed();
                if (latest != stream.StreamArn && running.Count == 0)
                    return;
            }
            catch (StreamException exception) when (exception.Fault == StreamFault.Gone)
            {
                delivery.Logger.LogWarning("The stream {Stream} no longer exists", stream.StreamArn);
                return;
            }
            catch (Exception exception) when (BackendRetry.IsRemote(exception, stop.Stopping))
            {
                delivery.Metrics.Failed("read");
                delivery.Status.ListFailed(exception.Message);
                if (++failures == 1)
                {
                    delivery.Logger.LogWarning(
                        "Could not list the shards of {Stream}, trying again: {Error}",
                        stream.StreamArn,
                        exception.Message
                    );
                }

                pause = delivery.Backoff.After(failures);
            }

            await Task.WhenAny([.. running.Values, Task.Delay(pause, delivery.Time, stop.Stopping)]);
            stop.Stopping.ThrowIfCancellationRequested();
            await CollectAsync(stop.Stopping);
        }
    }

    private void StartReady(IReadOnlyList<ShardInfo> shards, bool first, StopTokens stop)
    {
        foreach (var shard in ShardTree.Ready(shards, id => Checkpoint(id).Completed || passedOver.Contains(id), running.ContainsKey))
        {
            delivery.Logger.LogInformation(
                "Delivering {Shard} from {Position}",
                shard.Id,
                Checkpoint(shard.Id).SequenceNumber ?? Checkpoint(shard.Id).From ?? "its start"
            );

            // A closed shard has only past records. For an open shard, LATEST means now.
            var consumer = new ShardConsumer(delivery, lease, stream, shard.Id, Checkpoint(shard.Id), fresh: first && !shard.IsClosed);
            running.Add(shard.Id, consumer.RunAsync(stop));
        }
    }

    /// <summary>Removes the shards that have ended. A failed shard starts again from its checkpoint.</summary>
    private async Task CollectAsync(CancellationToken cancellationToken)
    {
        var ended = running.Where(shard => shard.Value.IsCompleted).ToList();
        foreach (var (shardId, task) in ended)
        {
            running.Remove(shardId);
            try
            {
                await task;
                delivery.Logger.LogInformation("{Shard} is closed, and all of its records are finished", shardId);
            }
            catch (StreamException exception) when (exception.Fault == StreamFault.Gone)
            {
                delivery.Logger.LogWarning("{Shard} no longer exists", shardId);
                PassOverIfGone(shardId);
                await Task.Delay(LookAgain, delivery.Time, cancellationToken);
            }
            catch (Exception exception) when (IsFailure(exception))
            {
                delivery.Metrics.Failed("internal");
                delivery.Logger.LogError(exception, "{Shard} failed and restarts from its checkpoint", shardId);
                await ReloadAsync(cancellationToken);
                PassOverIfHeldBack(shardId);
                await Task.Delay(LookAgain, delivery.Time, cancellationToken);
            }
        }

        if (ended.Count > 0)
            await ReloadAsync(cancellationToken);
    }

    /// <summary>
    /// A shard that the stream lists but reports as unknown counts as done: nothing more can be read from the shard, and its children wait.
    /// </summary>
    private void PassOverIfGone(string shardId)
    {
        if (Count(unknown, shardId).Failures < GoneAfter)
            return;
        passedOver.Add(shardId);
        delivery.Metrics.Failed("shard_gone");
        delivery.Logger.LogError(
            "{Shard} is listed by {Stream}, but cannot be found there: its records after {Position} cannot be delivered. "
                + "Reconcile the tables.",
            shardId,
            stream.StreamArn,
            Checkpoint(shardId).SequenceNumber ?? "its start"
        );
    }

    /// <summary>Gives up a failing shard of a replaced stream after the retry limits of a record, because the next stream waits.</summary>
    private void PassOverIfHeldBack(string shardId)
    {
        var trouble = Count(failing, shardId);
        if (!replaced || !delivery.Retry.IsUsedUp(trouble.Failures, delivery.Time.GetUtcNow() - trouble.Since))
            return;
        passedOver.Add(shardId);
        delivery.Metrics.Failed("shard_given_up");
        delivery.Logger.LogError(
            "Gave up on {Shard} after {Position}: it failed {Failures} times in a row, and {Stream} was replaced. Reconcile the tables.",
            shardId,
            Checkpoint(shardId).SequenceNumber ?? "its start",
            trouble.Failures,
            stream.StreamArn
        );
    }

    /// <summary>Counts a failure of a shard's consumer. Progress since the last failure resets the count.</summary>
    private Trouble Count(Dictionary<string, Trouble> troubles, string shardId)
    {
        var position = Checkpoint(shardId).Position;
        var now = delivery.Time.GetUtcNow();
        var trouble =
            troubles.TryGetValue(shardId, out var before) && before.Position == position
                ? before with
                {
                    Failures = before.Failures + 1,
                }
                : new(position, 1, now);
        return troubles[shardId] = trouble;
    }

    /// <summary>The number of failures of a shard's consumer without progress of its checkpoint, and the time of the first one.</summary>
    private sealed record Trouble(string Position, int Failures, DateTimeOffset Since);

    private async Task ReloadAsync(CancellationToken cancellationToken) =>
        checkpoints = await delivery.BackendRetry.UntilItSucceedsAsync(
            "load the checkpoints",
            token => delivery.Checkpoints.LoadAsync(stream.StreamArn, token),
            cancellationToken
        );

    private async Task ForgetTrimmedAsync(IReadOnlyList<ShardInfo> shards, CancellationToken cancellationToken)
    {
        var gone = checkpoints
            .Where(kept => kept.Value.Completed && !shards.Any(shard => shard.Id == kept.Key))
            .Select(kept => kept.Key)
            .ToList();
        if (gone.Count == 0 || shards.Count == 0)
            return;
        foreach (var shardId in gone)
            await delivery.Checkpoints.ForgetAsync(stream.StreamArn, shardId, cancellationToken);
        await ReloadAsync(cancellationToken);
    }

    private ShardCheckpoint Checkpoint(string shardId) => checkpoints.GetValueOrDefault(shardId, ShardCheckpoint.Start);
}
