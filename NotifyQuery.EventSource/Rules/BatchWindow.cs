namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// Gathers a batch: until it has <paramref name="batchSize"/> records, until the next record would burst the payload, or until the
/// window that its first record opened has passed. A window of zero takes what is there.
/// </summary>
internal sealed class BatchWindow(int batchSize, int payloadBytes, TimeSpan window)
{
    private readonly List<ChangeRecord> _records = [];
    private int _bytes = EventPayload.EnvelopeBytes;
    private DateTimeOffset _closesAt;

    public bool IsEmpty => _records.Count == 0;

    /// <summary>How long the batch may still wait for more records.</summary>
    public TimeSpan Remaining(DateTimeOffset now) => IsEmpty ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Max(0, (_closesAt - now).Ticks));

    /// <summary>Takes the record, or refuses it because the batch is complete without it. A first record is never refused.</summary>
    public bool TryAdd(ChangeRecord record, DateTimeOffset now)
    {
        var bytes = EventPayload.BytesOf(record);
        if (!IsEmpty && (_records.Count >= batchSize || _bytes + bytes > payloadBytes)) return false;
        if (IsEmpty) _closesAt = now + window;
        _records.Add(record);
        _bytes += bytes;
        return true;
    }

    public bool IsFull => _records.Count >= batchSize || _bytes >= payloadBytes;

    public PendingBatch ToBatch() => new(new ArraySegment<ChangeRecord>([.. _records]));
}
