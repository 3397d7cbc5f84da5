using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource;

/// <summary>Delivers one stream: finds its shards, parents first, and runs each until it is closed and done.</summary>
internal sealed class StreamConsumer(Delivery delivery, Lease lease, StreamPointer stream, bool fresh)
{
    /// <summary>How often to look for new shards, and whether the table still has this stream.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Task> _running = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, ShardCheckpoint> _checkpoints = new Dictionary<string, ShardCheckpoint>();

    /// <summary>Runs until the table has another stream (or none) and everything in this one is done.</summary>
    public async Task RunAsync(Ending ending)
    {
        using var failed = new CancellationTokenSource();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(ending.Stopping, failed.Token);
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(ending.Abandon, failed.Token);
        try
        {
            await ConsumeAsync(new(stopping.Token, abandon.Token));
        }
        finally
        {
            if (!ending.Stopping.IsCancellationRequested) await failed.CancelAsync();
            await Task.WhenAll(_running.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ConsumeAsync(Ending ending)
    {
        var failures = 0;
        var first = fresh;
        await ReloadAsync(ending.Stopping);
        while (true)
        {
            var pause = LookAgain;
            try
            {
                // Asked for before the shards: what was written to this stream before it was replaced is then among them.
                var latest = await delivery.Stream.FindAsync(delivery.Options.TableName, ending.Stopping);
                var shards = await delivery.Stream.ListShardsAsync(stream.StreamArn, ending.Stopping);
                await ForgetTrimmedAsync(shards, ending.Stopping);
                StartReady(shards, first, ending);
                first = false;
                failures = 0;
                if (latest != stream.StreamArn && _running.Count == 0) return;
            }
            catch (StreamException exception) when (exception.Fault == StreamFault.Gone)
            {
                delivery.Logger.LogWarning("The stream {Stream} is gone", stream.StreamArn);
                return;
            }
            catch (Exception exception) when (Patience.IsRemote(exception, ending.Stopping))
            {
                delivery.Metrics.Failed("read");
                if (++failures == 1) delivery.Logger.LogWarning("Could not look for shards of {Stream}, trying again: {Error}", stream.StreamArn, exception.Message);
                pause = delivery.Backoff.After(failures);
            }

            await Task.WhenAny([.. _running.Values, Task.Delay(pause, delivery.Time, ending.Stopping)]);
            ending.Stopping.ThrowIfCancellationRequested();
            await CollectAsync(ending.Stopping);
        }
    }

    private void StartReady(IReadOnlyList<ShardInfo> shards, bool first, Ending ending)
    {
        foreach (var shard in ShardTree.Ready(shards, id => Checkpoint(id).Completed, _running.ContainsKey))
        {
            delivery.Logger.LogInformation("Delivering {Shard} from {Position}", shard.Id, Checkpoint(shard.Id).SequenceNumber ?? "its start");

            // A closed shard has nothing but the past in it; LATEST of an open one is now.
            var consumer = new ShardConsumer(delivery, lease, stream, shard.Id, Checkpoint(shard.Id), fresh: first && !shard.IsClosed);
            _running.Add(shard.Id, consumer.RunAsync(ending));
        }
    }

    /// <summary>Takes leave of the shards that have ended. One that failed begins again from its checkpoint.</summary>
    private async Task CollectAsync(CancellationToken cancellationToken)
    {
        var ended = _running.Where(shard => shard.Value.IsCompleted).ToList();
        foreach (var (shardId, task) in ended)
        {
            _running.Remove(shardId);
            try
            {
                await task;
                delivery.Logger.LogInformation("{Shard} is closed and done", shardId);
            }
            catch (StreamException exception) when (exception.Fault == StreamFault.Gone)
            {
                delivery.Logger.LogWarning("{Shard} is gone", shardId);
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or LeaseLostException))
            {
                delivery.Metrics.Failed("internal");
                delivery.Logger.LogError(exception, "{Shard} begins again from its checkpoint", shardId);
                await Task.Delay(LookAgain, delivery.Time, cancellationToken);
            }
        }

        if (ended.Count > 0) await ReloadAsync(cancellationToken);
    }

    private async Task ReloadAsync(CancellationToken cancellationToken) => _checkpoints = await delivery.Patience.InsistAsync(
        "load the checkpoints", token => delivery.Checkpoints.LoadAsync(stream.StreamArn, token), cancellationToken);

    private async Task ForgetTrimmedAsync(IReadOnlyList<ShardInfo> shards, CancellationToken cancellationToken)
    {
        var gone = _checkpoints.Where(kept => kept.Value.Completed && !shards.Any(shard => shard.Id == kept.Key)).Select(kept => kept.Key).ToList();
        if (gone.Count == 0 || shards.Count == 0) return;
        foreach (var shardId in gone) await delivery.Checkpoints.ForgetAsync(stream.StreamArn, shardId, cancellationToken);
        await ReloadAsync(cancellationToken);
    }

    private ShardCheckpoint Checkpoint(string shardId) => _checkpoints.GetValueOrDefault(shardId, ShardCheckpoint.Start);
}
