using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Projection;

/// <summary>A change of one command record, from its stream record: the state before and the state after.</summary>
public sealed record StreamChange
{
    /// <summary>The stream record's own id; opaque.</summary>
    public required string EventId { get; init; }

    /// <summary>
    /// The ARN of the record's stream. Together with the sequence number it determines the version. Null if the record has none.
    /// </summary>
    public required string? StreamArn { get; init; }

    /// <summary>The stream record's sequence number exactly as received: <c>batchItemFailures</c> returns it.</summary>
    public required string SequenceNumber { get; init; }

    /// <summary>When the change was committed. The precision depends on the engine: DynamoDB Local truncates to the minute.</summary>
    public required DateTimeOffset CommittedAt { get; init; }

    /// <summary>The key of the notification before the change; null for an insert, or when the old state had no key.</summary>
    public NotificationKey? Before { get; init; }

    /// <summary>The state after the change; null for a removal.</summary>
    public CommandImage? After { get; init; }

    /// <summary>The partition key of the command record that changed, when the stream record has it.</summary>
    public string? TransactionId { get; init; }

    /// <summary>The sort key of the command record that changed, when the stream record has it.</summary>
    public string? CreatedAt { get; init; }

    /// <summary>Serializes the stream record as JSON. Called only when the record becomes a dead letter.</summary>
    public required Func<string> RawRecord { get; init; }
}
