using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Leasing;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Delivery;

/// <summary>The state that the reader and the lanes of one shard share.</summary>
internal sealed class ShardContext : IDisposable
{
    /// <summary>The maximum number of records of one read.</summary>
    public const int PageRecords = 1000;

    private const int PageBytes = 4 * 1024 * 1024; // a page has 1 MB of items, which become larger as JSON

    private readonly SemaphoreSlim saving = new(1);
    private long savedVersion;

    /// <param name="delivery">The settings and dependencies.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="streamArn">The stream.</param>
    /// <param name="shardId">The shard.</param>
    /// <param name="start">The checkpoint to start from.</param>
    public ShardContext(DeliveryContext delivery, Lease lease, string streamArn, string shardId, ShardCheckpoint start)
    {
        (Delivery, Lease, StreamArn, ShardId) = (delivery, lease, streamArn, shardId);
        var lanes = delivery.Options.ParallelizationFactor;
        Progress = new(lanes, start);
        ReadAhead = new((lanes * delivery.Options.BatchSize) + PageRecords, ((long)lanes * EventPayload.LimitBytes) + PageBytes);
        Status = delivery.Status.Enter(shardId, Progress);
    }

    /// <summary>The settings and dependencies.</summary>
    public DeliveryContext Delivery { get; }

    /// <summary>The lease.</summary>
    public Lease Lease { get; }

    /// <summary>The stream.</summary>
    public string StreamArn { get; }

    /// <summary>The shard.</summary>
    public string ShardId { get; }

    /// <summary>Which records of the shard are done.</summary>
    public ShardProgress Progress { get; }

    /// <summary>Limits the records that are read and not done.</summary>
    public ReadAhead ReadAhead { get; }

    /// <summary>The status of the shard.</summary>
    public ShardStatus Status { get; }

    /// <summary>Stores the current checkpoint. Lanes that finish at the same time share one write.</summary>
    public async Task SaveCheckpointAsync(CancellationToken cancellationToken)
    {
        await saving.WaitAsync(cancellationToken);
        try
        {
            var checkpoint = Progress.Read(out var version);
            if (version == savedVersion)
                return;
            await SaveAsync(checkpoint, cancellationToken);
            savedVersion = version;
        }
        finally
        {
            saving.Release();
        }
    }

    /// <summary>Stores that the shard is closed and done, so that its children can start.</summary>
    public Task SaveCompletedAsync(CancellationToken cancellationToken) =>
        SaveAsync(Progress.Checkpoint with { Completed = true }, cancellationToken);

    /// <summary>Ends the delivery of the shard. Removes its status, unless the delivery failed.</summary>
    public void Dispose()
    {
        Delivery.Status.Leave(Status);
        saving.Dispose();
    }

    private async Task SaveAsync(ShardCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        var kept = await Delivery.BackendRetry.UntilItSucceedsAsync(
            "store a checkpoint",
            token => Delivery.Checkpoints.SaveAsync(StreamArn, ShardId, checkpoint, token),
            cancellationToken
        );
        if (!kept)
            throw Lease.Refuted();
    }
}
