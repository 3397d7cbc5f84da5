namespace NotifyQuery.Core.Notifications;

/// <summary>
/// The key of an item of notification-records. The sort key keeps time order, and lets two notifications of one user in the same
/// millisecond stand side by side.
/// </summary>
/// <param name="UserId">The partition key.</param>
/// <param name="SortKey">The moment of the command, <c>#</c>, the transaction id.</param>
public readonly record struct NotificationKey(string UserId, string SortKey)
{
    /// <summary>The key of the notification that a command makes.</summary>
    public static NotificationKey Of(string userId, string createdAt, string transactionId) => new(userId, $"{createdAt}#{transactionId}");
}
