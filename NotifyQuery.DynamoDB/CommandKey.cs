using NotifyQuery.Core.Notifications;

namespace NotifyQuery.DynamoDB;

/// <summary>The key of a command record.</summary>
/// <param name="TransactionId">The partition key.</param>
/// <param name="CreatedAt">The sort key.</param>
public readonly record struct CommandKey(string TransactionId, string CreatedAt)
{
    /// <summary>The key of the command for a key of notification-records; null when the sort key is not a time and an id.</summary>
    public static CommandKey? Of(NotificationKey place)
    {
        var end = place.SortKey.IndexOf('#', StringComparison.Ordinal);
        return end > 0 && end + 1 < place.SortKey.Length && Timestamp.IsValid(place.SortKey[..end])
            ? new(place.SortKey[(end + 1)..], place.SortKey[..end])
            : null;
    }
}
