using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Queries;

/// <summary>The order of a page, by the creation time of the command.</summary>
public enum QueryOrder
{
    /// <summary>Newest first: <c>desc</c>.</summary>
    Descending,

    /// <summary>Oldest first: <c>asc</c>.</summary>
    Ascending,
}

/// <summary>A valid query: it follows the rules of <see cref="QueryParser"/>.</summary>
public sealed record NotificationQuery
{
    /// <summary>The kind of query.</summary>
    public required QueryKind By { get; init; }

    /// <summary>The user, transaction or campaign id, or the status's name.</summary>
    public required string Value { get; init; }

    /// <summary>The start of the time range, inclusive, in the format of <see cref="Timestamp"/>.</summary>
    public string? From { get; init; }

    /// <summary>The end of the time range, exclusive.</summary>
    public string? To { get; init; }

    /// <summary>Only notifications of this status (queries by user or campaign).</summary>
    public NotificationStatus? Status { get; init; }

    /// <summary>Only notifications of this channel.</summary>
    public Channel? Channel { get; init; }

    /// <summary>The order of the items.</summary>
    public QueryOrder Order { get; init; }

    /// <summary>The maximum number of items of a page.</summary>
    public int Limit { get; init; } = DefaultLimit;

    /// <summary>The page starts after this item; null for the first page.</summary>
    public NotificationKey? After { get; init; }

    /// <summary>The default page size.</summary>
    public const int DefaultLimit = 20;

    /// <summary>The maximum page size.</summary>
    public const int MaximumLimit = 100;
}

/// <summary>A page of the result.</summary>
/// <param name="Items">The items, in the order of the query.</param>
/// <param name="Next">The next page starts after this item; null when this is the last page.</param>
public sealed record NotificationPage(IReadOnlyList<Notification> Items, NotificationKey? Next = null)
{
    /// <summary>
    /// The maximum size of a page's items as JSON, in bytes. Lambda's response limit is 6,291,556 bytes. The Query function embeds the page
    /// as a string in its own response, which doubles its size in the worst case.
    /// </summary>
    public const int MaximumBytes = 3_000_000;
}
