using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Projection;

/// <summary>The partition key of status-index. The status alone would be one hot partition, so the day is part of it.</summary>
public static class StatusDay
{
    /// <summary>The key: <c>FAILED#2026-11-22</c>.</summary>
    /// <param name="status">The status.</param>
    /// <param name="day">A UTC day, <c>yyyy-MM-dd</c>.</param>
    public static string Of(NotificationStatus status, string day) => $"{status.ToName()}#{day}";
}
