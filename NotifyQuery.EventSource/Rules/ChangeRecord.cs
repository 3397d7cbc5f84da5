namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// A stream record as the function receives it. It is serialized to JSON once, when it is read: retries need no second serialization, the
/// size of a batch is known exactly, and a dead letter has the exact bytes that the function received.
/// </summary>
/// <param name="SequenceNumber">The position in the shard: a decimal number of any length.</param>
/// <param name="EventId">The id of the change.</param>
/// <param name="ItemKey">The key of the changed item, always in the same format. Changes with the same key stay in order.</param>
/// <param name="CreatedAt">When the change was committed. The precision depends on the engine.</param>
/// <param name="Json">The record in AWS's event format.</param>
internal sealed record ChangeRecord(
    string SequenceNumber,
    string EventId,
    string ItemKey,
    DateTimeOffset CreatedAt,
    ReadOnlyMemory<byte> Json
);
