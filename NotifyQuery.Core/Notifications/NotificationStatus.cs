namespace NotifyQuery.Core.Notifications;

/// <summary>The status of a notification.</summary>
public enum NotificationStatus
{
    /// <summary>Accepted, not sent yet: <c>PENDING</c>.</summary>
    Pending,

    /// <summary>Sent to the channel: <c>SENT</c>.</summary>
    Sent,

    /// <summary>Confirmed by the channel: <c>DELIVERED</c>.</summary>
    Delivered,

    /// <summary>Opened by the user: <c>READ</c>.</summary>
    Read,

    /// <summary>Failed for good: <c>FAILED</c>.</summary>
    Failed,
}
