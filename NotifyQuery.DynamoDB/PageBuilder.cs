using System.Text.Json;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.DynamoDB;

/// <summary>Builds a page until it has the requested number of items or the maximum number of bytes.</summary>
/// <param name="limit">The maximum number of items.</param>
internal sealed class PageBuilder(int limit)
{
    private readonly List<Notification> items = [];
    private int bytes;

    /// <summary>The number of items still to read: one more than the page takes, to know whether there is a next page.</summary>
    public int Missing => limit + 1 - items.Count;

    /// <summary>Adds an item; false if it belongs to the next page.</summary>
    public bool TryAdd(Notification item)
    {
        if (items.Count == limit)
            return false;
        bytes += JsonSerializer.SerializeToUtf8Bytes(item, QueryResultJson.Default.Notification).Length + 1; // plus a comma
        // A single item always fits: the maximum item size is a fraction of the maximum page size, even if everything is escaped.
        if (items.Count > 0 && bytes > NotificationPage.MaximumBytes)
            return false;
        items.Add(item);
        return true;
    }

    /// <summary>The page when there are no more items.</summary>
    public NotificationPage Last() => new(items);

    /// <summary>The page when the next page starts after the last item of this one.</summary>
    public NotificationPage EndingAtItsLastItem() =>
        EndingAt(NotificationKey.Of(items[^1].UserId, items[^1].CreatedAt, items[^1].TransactionId));

    /// <summary>The page when the next page starts after <paramref name="position"/>.</summary>
    public NotificationPage EndingAt(NotificationKey position) => new(items, position);
}
