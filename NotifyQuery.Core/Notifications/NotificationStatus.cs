namespace NotifyQuery.Core.Notifications;

/// <summary>How far a notification has come.</summary>
public enum NotificationStatus
{
    /// <summary>Accepted, not sent yet: <c>PENDING</c>.</summary>
    Pending,

    /// <summary>Handed to the channel: <c>SENT</c>.</summary>
    Sent,

    /// <summary>Confirmed by the channel: <c>DELIVERED</c>.</summary>
    Delivered,

    /// <summary>Opened by the user: <c>READ</c>.</summary>
    Read,

    /// <summary>Given up: <c>FAILED</c>.</summary>
    Failed,
}
