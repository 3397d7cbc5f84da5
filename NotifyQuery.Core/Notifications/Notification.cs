namespace NotifyQuery.Core.Notifications;

/// <summary>A notification in a query result. Attributes that the command does not have are null and omitted from the response.</summary>
public sealed record Notification
{
    /// <summary>Identifies the send.</summary>
    public required string TransactionId { get; init; }

    /// <summary>The user who receives the notification.</summary>
    public required string UserId { get; init; }

    /// <summary>When the command was created, in the format of <see cref="Timestamp"/>.</summary>
    public required string CreatedAt { get; init; }

    /// <summary>The channel's name.</summary>
    public string? Channel { get; init; }

    /// <summary>The status's name.</summary>
    public string? Status { get; init; }

    /// <summary>The campaign that the notification belongs to.</summary>
    public string? CampaignId { get; init; }

    /// <summary>The title shown to the user.</summary>
    public string? Title { get; init; }

    /// <summary>The text shown to the user.</summary>
    public string? Body { get; init; }

    /// <summary>Why the send failed.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>When the command record was last changed.</summary>
    public string? UpdatedAt { get; init; }
}
