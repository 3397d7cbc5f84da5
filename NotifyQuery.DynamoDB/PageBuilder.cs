using System.Text.Json;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.DynamoDB;

/// <summary>A page that takes items until it has as many as asked for, or as many bytes as it may have.</summary>
/// <param name="limit">How many items it has at most.</param>
internal sealed class PageBuilder(int limit)
{
    private readonly List<Notification> items = [];
    private int bytes;

    /// <summary>How many items are to be read for it: one more than it takes, to know whether it is the last.</summary>
    public int Missing => limit + 1 - items.Count;

    /// <summary>Takes an item; false if it belongs to the next page.</summary>
    public bool TryAdd(Notification item)
    {
        if (items.Count == limit)
            return false;
        bytes += JsonSerializer.SerializeToUtf8Bytes(item, QueryResultJson.Default.Notification).Length + 1; // and a comma
        // A single item always fits: the largest item that the table takes is a fraction of the largest page, however it is escaped.
        if (items.Count > 0 && bytes > NotificationPage.MaximumBytes)
            return false;
        items.Add(item);
        return true;
    }

    /// <summary>The page, when there are no more items.</summary>
    public NotificationPage Last() => new(items);

    /// <summary>The page, when the next one begins after its last item.</summary>
    public NotificationPage EndingAtItsLastItem() =>
        EndingAt(NotificationKey.Of(items[^1].UserId, items[^1].CreatedAt, items[^1].TransactionId));

    /// <summary>The page, when the next one begins after <paramref name="position"/>.</summary>
    public NotificationPage EndingAt(NotificationKey position) => new(items, position);
}
