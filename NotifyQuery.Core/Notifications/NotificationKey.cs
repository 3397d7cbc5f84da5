namespace NotifyQuery.Core.Notifications;

/// <summary>
/// The key of an item of notification-records. The sort key is in time order, and two notifications of one user in the same millisecond
/// have different keys.
/// </summary>
/// <param name="UserId">The partition key.</param>
/// <param name="SortKey">When the command was created, <c>#</c>, and the transaction id.</param>
public readonly record struct NotificationKey(string UserId, string SortKey)
{
    /// <summary>The key of the notification of a command.</summary>
    public static NotificationKey Of(string userId, string createdAt, string transactionId) => new(userId, $"{createdAt}#{transactionId}");
}
