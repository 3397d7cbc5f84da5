using NotifyQuery.Core.Notifications;

namespace NotifyQuery.DynamoDB;

/// <summary>The key of a command record.</summary>
/// <param name="TransactionId">The partition key.</param>
/// <param name="CreatedAt">The sort key.</param>
public readonly record struct CommandKey(string TransactionId, string CreatedAt)
{
    /// <summary>The command with this key in notification-records, derived from the key alone; null when no command can have it.</summary>
    public static CommandKey? Of(NotificationKey place)
    {
        var end = place.SortKey.IndexOf('#', StringComparison.Ordinal);
        return end > 0 && end + 1 < place.SortKey.Length && Timestamp.IsValid(place.SortKey[..end])
            ? new(place.SortKey[(end + 1)..], place.SortKey[..end])
            : null;
    }
}
