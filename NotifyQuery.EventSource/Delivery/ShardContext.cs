using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Leasing;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Delivery;

/// <summary>What the reader and the lanes of one shard share.</summary>
internal sealed class ShardContext : IDisposable
{
    /// <summary>The most that one read gives.</summary>
    public const int PageRecords = 1000;

    private const int PageBytes = 4 * 1024 * 1024; // a page is 1 MB of items; JSON makes more of it

    private readonly SemaphoreSlim saving = new(1);
    private long savedVersion;

    /// <param name="delivery">What to deliver with.</param>
    /// <param name="lease">The right to deliver.</param>
    /// <param name="streamArn">The stream.</param>
    /// <param name="shardId">The shard.</param>
    /// <param name="start">Where an earlier delivery ended.</param>
    public ShardContext(DeliveryContext delivery, Lease lease, string streamArn, string shardId, ShardCheckpoint start)
    {
        (Delivery, Lease, StreamArn, ShardId) = (delivery, lease, streamArn, shardId);
        var lanes = delivery.Options.ParallelizationFactor;
        Progress = new(lanes, start);
        ReadAhead = new((lanes * delivery.Options.BatchSize) + PageRecords, ((long)lanes * EventPayload.LimitBytes) + PageBytes);
        Status = delivery.Status.Enter(shardId, Progress);
    }

    /// <summary>What to deliver with.</summary>
    public DeliveryContext Delivery { get; }

    /// <summary>The right to deliver.</summary>
    public Lease Lease { get; }

    /// <summary>The stream.</summary>
    public string StreamArn { get; }

    /// <summary>The shard.</summary>
    public string ShardId { get; }

    /// <summary>Which of its records are done.</summary>
    public ShardProgress Progress { get; }

    /// <summary>How much the reader may hold that is not done.</summary>
    public ReadAhead ReadAhead { get; }

    /// <summary>What is told of it.</summary>
    public ShardStatus Status { get; }

    /// <summary>Keeps the checkpoint as it is now. Lanes that finish together share one write.</summary>
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

    /// <summary>Notes that the shard is closed and done with, which lets its children begin.</summary>
    public Task SaveCompletedAsync(CancellationToken cancellationToken) =>
        SaveAsync(Progress.Checkpoint with { Completed = true }, cancellationToken);

    /// <summary>Ends it: its status is told no more, unless it failed.</summary>
    public void Dispose()
    {
        Delivery.Status.Leave(Status);
        saving.Dispose();
    }

    private async Task SaveAsync(ShardCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        var kept = await Delivery.BackendRetry.UntilItSucceedsAsync(
            "keep a checkpoint",
            token => Delivery.Checkpoints.SaveAsync(StreamArn, ShardId, checkpoint, token),
            cancellationToken
        );
        if (!kept)
            throw Lease.Refuted();
    }
}
