using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource;

/// <summary>What the reader and the lanes of one shard share.</summary>
internal sealed class ShardContext : IDisposable
{
    /// <summary>The most that one read gives.</summary>
    public const int PageRecords = 1000;

    private const int PageBytes = 4 * 1024 * 1024; // a page is 1 MB of items; JSON makes more of it

    private readonly SemaphoreSlim _saving = new(1);
    private long _savedVersion;

    public ShardContext(Delivery delivery, Lease lease, string streamArn, string shardId, ShardCheckpoint start)
    {
        (Delivery, Lease, StreamArn, ShardId) = (delivery, lease, streamArn, shardId);
        var lanes = delivery.Options.ParallelizationFactor;
        Progress = new(lanes, start);
        ReadAhead = new((lanes * delivery.Options.BatchSize) + PageRecords, ((long)lanes * EventPayload.LimitBytes) + PageBytes);
        Status = delivery.Status.Enter(shardId, Progress);
    }

    public Delivery Delivery { get; }

    public Lease Lease { get; }

    public string StreamArn { get; }

    public string ShardId { get; }

    public ShardProgress Progress { get; }

    public ReadAhead ReadAhead { get; }

    public ShardStatus Status { get; }

    /// <summary>Keeps the checkpoint as it is now. Lanes that finish together share one write.</summary>
    public async Task SaveCheckpointAsync(CancellationToken cancellationToken)
    {
        await _saving.WaitAsync(cancellationToken);
        try
        {
            var checkpoint = Progress.Read(out var version);
            if (version == _savedVersion) return;
            await SaveAsync(checkpoint, cancellationToken);
            _savedVersion = version;
        }
        finally
        {
            _saving.Release();
        }
    }

    /// <summary>Notes that the shard is closed and done with, which lets its children begin.</summary>
    public Task SaveCompletedAsync(CancellationToken cancellationToken) => SaveAsync(Progress.Checkpoint with { Completed = true }, cancellationToken);

    public void Dispose()
    {
        Delivery.Status.Leave(Status);
        _saving.Dispose();
    }

    private async Task SaveAsync(ShardCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        var kept = await Delivery.BackendRetry.UntilItSucceedsAsync(
            "keep a checkpoint", token => Delivery.Checkpoints.SaveAsync(StreamArn, ShardId, checkpoint, token), cancellationToken);
        if (!kept) throw Lease.Refuted();
    }
}
