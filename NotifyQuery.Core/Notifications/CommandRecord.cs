namespace NotifyQuery.Core.Notifications;

/// <summary>One item of command-records: a send as the write side stores it.</summary>
public sealed record CommandRecord
{
    /// <summary>Identifies the send. The system that requested the send assigns it.</summary>
    public required string TransactionId { get; init; }

    /// <summary>When the command was created, in the format of <see cref="Timestamp"/>.</summary>
    public required string CreatedAt { get; init; }

    /// <summary>The user who receives the notification.</summary>
    public required string UserId { get; init; }

    /// <summary>The channel of the send, if known.</summary>
    public Channel? Channel { get; init; }

    /// <summary>The status of the send, if known.</summary>
    public NotificationStatus? Status { get; init; }

    /// <summary>The campaign that the send belongs to, if any.</summary>
    public string? CampaignId { get; init; }

    /// <summary>The title shown to the user.</summary>
    public string? Title { get; init; }

    /// <summary>The text shown to the user.</summary>
    public string? Body { get; init; }

    /// <summary>Why the send failed.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>When the record was last changed, exactly as the writer wrote it.</summary>
    public string? UpdatedAt { get; init; }

    /// <summary>The W3C <c>traceparent</c> of the write.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The key of this record in notification-records.</summary>
    public NotificationKey Key => NotificationKey.Of(UserId, CreatedAt, TransactionId);
}
