namespace NotifyQuery.Core.Notifications;

/// <summary>One item of command-records: a send as the write side keeps it.</summary>
public sealed record CommandRecord
{
    /// <summary>Identifies the send, given by the system that asked for it.</summary>
    public required string TransactionId { get; init; }

    /// <summary>When the command was made, as <see cref="Timestamp"/> writes it.</summary>
    public required string CreatedAt { get; init; }

    /// <summary>Whom the notification is for.</summary>
    public required string UserId { get; init; }

    /// <summary>The way by which it is sent, if decided.</summary>
    public Channel? Channel { get; init; }

    /// <summary>How far it has come, if known.</summary>
    public NotificationStatus? Status { get; init; }

    /// <summary>The campaign it belongs to, if any.</summary>
    public string? CampaignId { get; init; }

    /// <summary>The headline shown to the user.</summary>
    public string? Title { get; init; }

    /// <summary>The text shown to the user.</summary>
    public string? Body { get; init; }

    /// <summary>Why the send failed.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>When the record was last changed, as the writer put it.</summary>
    public string? UpdatedAt { get; init; }

    /// <summary>The W3C <c>traceparent</c> of the write.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Where this record stands in notification-records.</summary>
    public NotificationKey Key => NotificationKey.Of(UserId, CreatedAt, TransactionId);
}
