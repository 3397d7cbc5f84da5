using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Projection;

/// <summary>A change of one command record, as its stream record tells it: the state before and the state after.</summary>
public sealed record StreamChange
{
    /// <summary>The stream record's own id; opaque.</summary>
    public required string EventId { get; init; }

    /// <summary>
    /// The ARN of the stream that the record is of: with the sequence number it makes the version. Null if the record names none.
    /// </summary>
    public required string? StreamArn { get; init; }

    /// <summary>The stream record's sequence number as it came: what <c>batchItemFailures</c> names.</summary>
    public required string SequenceNumber { get; init; }

    /// <summary>When the change was committed; the engines tell it to the second or to the millisecond.</summary>
    public required DateTimeOffset CommittedAt { get; init; }

    /// <summary>Where the notification stood before the change; null for an insert, and where the old state had no place.</summary>
    public NotificationKey? Before { get; init; }

    /// <summary>The state after the change; null for a removal.</summary>
    public CommandImage? After { get; init; }

    /// <summary>The partition key of the command record that changed, when the record names it.</summary>
    public string? TransactionId { get; init; }

    /// <summary>The sort key of the command record that changed, when the record names it.</summary>
    public string? CreatedAt { get; init; }

    /// <summary>Writes the stream record as JSON: asked for only when it becomes a dead letter.</summary>
    public required Func<string> RawRecord { get; init; }
}
