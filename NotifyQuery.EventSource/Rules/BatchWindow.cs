namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// Gathers a batch: until it has <paramref name="batchSize"/> records, until the next record would burst the payload, or until the
/// window that its first record opened has passed. A window of zero takes what is there.
/// </summary>
/// <param name="batchSize">The most records.</param>
/// <param name="payloadBytes">The most bytes of the event.</param>
/// <param name="window">How long it waits for records after its first.</param>
internal sealed class BatchWindow(int batchSize, int payloadBytes, TimeSpan window)
{
    private readonly List<ChangeRecord> records = [];
    private int bytes = EventPayload.EnvelopeBytes;
    private DateTimeOffset closesAt;

    /// <summary>Whether it has no record yet.</summary>
    public bool IsEmpty => records.Count == 0;

    /// <summary>How long the batch may still wait for more records.</summary>
    public TimeSpan Remaining(DateTimeOffset now) => IsEmpty ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Max(0, (closesAt - now).Ticks));

    /// <summary>Takes the record, or refuses it because the batch is complete without it. A first record is never refused.</summary>
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

    /// <summary>Whether no further record can fit.</summary>
    public bool IsFull => records.Count >= batchSize || bytes >= payloadBytes;

    /// <summary>The batch, as it is.</summary>
    public PendingBatch ToBatch() => new(new ArraySegment<ChangeRecord>([.. records]));
}
