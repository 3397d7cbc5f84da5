using System.Threading.Channels;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Delivery;

/// <summary>The records of a lane that are not delivered yet, collected into batches.</summary>
/// <param name="delivery">The options and the clock.</param>
internal sealed class LaneQueue(DeliveryContext delivery)
{
    private readonly Channel<ChangeRecord> records = Channel.CreateUnbounded<ChangeRecord>(); // bounded by ReadAhead

    /// <summary>Adds the lane's next record.</summary>
    public void Add(ChangeRecord record) => records.Writer.TryWrite(record);

    /// <summary>Marks the end of the shard: there are no more records.</summary>
    public void Complete() => records.Writer.Complete();

    /// <summary>Waits until a batch is full or its batching window is over. Null at the end of the shard.</summary>
    /// <param name="cancellationToken">Stops waiting. The records of an incomplete batch are read again from the checkpoint.</param>
    public async Task<PendingBatch?> NextBatchAsync(CancellationToken cancellationToken)
    {
        var batch = new BatchWindow(delivery.Options.BatchSize, EventPayload.LimitBytes, delivery.Options.BatchingWindow);
        if (!await records.Reader.WaitToReadAsync(cancellationToken))
            return null;
        while (true)
        {
            while (records.Reader.TryPeek(out var record))
            {
                if (!batch.TryAdd(record, delivery.Time.GetUtcNow()))
                    return batch.ToBatch();
                records.Reader.TryRead(out _);
            }

            var remaining = batch.Remaining(delivery.Time.GetUtcNow());
            if (batch.IsFull || remaining <= TimeSpan.Zero)
                return batch.ToBatch();

            using var window = new CancellationTokenSource(remaining, delivery.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(window.Token, cancellationToken);
            try
            {
                if (!await records.Reader.WaitToReadAsync(either.Token))
                    return batch.ToBatch();
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return batch.ToBatch();
            }
        }
    }
}
