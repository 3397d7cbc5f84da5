namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// Collects a batch: until it has <paramref name="batchSize"/> records, until the next record would exceed the payload limit, or until the
/// window since its first record has passed. With a window of zero, the batch gets only the available records.
/// </summary>
/// <param name="batchSize">The maximum number of records.</param>
/// <param name="payloadBytes">The maximum size of the event, in bytes.</param>
/// <param name="window">How long the batch waits for more records after the first one.</param>
internal sealed class BatchWindow(int batchSize, int payloadBytes, TimeSpan window)
{
    private readonly List<ChangeRecord> records = [];
    private int bytes = EventPayload.EnvelopeBytes;
    private DateTimeOffset closesAt;

    /// <summary>Whether the batch is empty.</summary>
    public bool IsEmpty => records.Count == 0;

    /// <summary>How long the batch may still wait for more records.</summary>
    public TimeSpan Remaining(DateTimeOffset now) => IsEmpty ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Max(0, (closesAt - now).Ticks));

    /// <summary>Adds a record. False if the batch is complete without it. The first record is always added.</summary>
    public bool TryAdd(ChangeRecord record, DateTimeOffset now)
    {
        var bytes = EventPayload.BytesOf(record);
        if (!IsEmpty && (records.Count >= batchSize || this.bytes + bytes > payloadBytes))
            return false;
        if (IsEmpty)
            closesAt = now + window;
        records.Add(record);
        this.bytes += bytes;
        return true;
    }

    /// <summary>Whether no further record fits.</summary>
    public bool IsFull => records.Count >= batchSize || bytes >= payloadBytes;

    /// <summary>The current batch.</summary>
    public PendingBatch ToBatch() => new(new ArraySegment<ChangeRecord>([.. records]));
}
