using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Queries;

/// <summary>The order of a page, by the moment of the command.</summary>
public enum QueryOrder
{
    /// <summary>Newest first: <c>desc</c>.</summary>
    Descending,

    /// <summary>Oldest first: <c>asc</c>.</summary>
    Ascending,
}

/// <summary>A valid query: the rules of <see cref="QueryParser"/> hold for it.</summary>
public sealed record NotificationQuery
{
    /// <summary>What it asks by.</summary>
    public required QueryKind By { get; init; }

    /// <summary>The user, transaction or campaign id, or the status's name.</summary>
    public required string Value { get; init; }

    /// <summary>The earliest moment, inclusive, as <see cref="Timestamp"/> writes it.</summary>
    public string? From { get; init; }

    /// <summary>The latest moment, exclusive.</summary>
    public string? To { get; init; }

    /// <summary>Only notifications of this status (queries by user or campaign).</summary>
    public NotificationStatus? Status { get; init; }

    /// <summary>Only notifications of this channel.</summary>
    public Channel? Channel { get; init; }

    /// <summary>The order of the items.</summary>
    public QueryOrder Order { get; init; }

    /// <summary>How many items a page has at most.</summary>
    public int Limit { get; init; } = DefaultLimit;

    /// <summary>The item after which the page begins; null for the first page.</summary>
    public NotificationKey? After { get; init; }

    /// <summary>The number of items of a page that does not say.</summary>
    public const int DefaultLimit = 20;

    /// <summary>The largest page.</summary>
    public const int MaximumLimit = 100;
}

/// <summary>A page of the answer.</summary>
/// <param name="Items">The items, in the order of the query.</param>
/// <param name="Next">The item after which the next page begins; null when this page ends the result.</param>
public sealed record NotificationPage(IReadOnlyList<Notification> Items, NotificationKey? Next = null)
{
    /// <summary>
    /// What the items of a page may have together, as JSON. Lambda takes answers up to 6,291,556 bytes, and the Query function hands the
    /// page on as a text inside of its own answer, which at worst doubles it.
    /// </summary>
    public const int MaximumBytes = 3_000_000;
}
