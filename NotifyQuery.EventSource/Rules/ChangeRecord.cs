namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// One record of a stream, as the function will see it. It is written to JSON once, when it is read: retries cost no second
/// serialisation, the size of a batch is known exactly, and a dead letter holds the very bytes that the function refused.
/// </summary>
/// <param name="SequenceNumber">The position in the shard: a decimal number of any length.</param>
/// <param name="EventId">The identity of the change.</param>
/// <param name="ItemKey">The key of the changed item, written the same way each time: what order is kept for.</param>
/// <param name="CreatedAt">When the change was made, to the second.</param>
/// <param name="Json">The record in AWS's event shape.</param>
internal sealed record ChangeRecord(
    string SequenceNumber,
    string EventId,
    string ItemKey,
    DateTimeOffset CreatedAt,
    ReadOnlyMemory<byte> Json
);
