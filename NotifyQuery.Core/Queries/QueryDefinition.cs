using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Core.Queries;

/// <summary>What a query asks by.</summary>
public enum QueryKind
{
    /// <summary>What was sent to a user.</summary>
    User,

    /// <summary>What happened to a transaction.</summary>
    Transaction,

    /// <summary>How a campaign did.</summary>
    Campaign,

    /// <summary>What has a status, e.g. what failed.</summary>
    Status,
}

/// <summary>
/// A query that callers can ask: everything about it but the index that serves it. Endpoints, the OpenAPI document, metrics, access, tools
/// and checks are made from it.
/// </summary>
public sealed record QueryDefinition
{
    /// <summary>All queries, in the order in which they are documented.</summary>
    public static IReadOnlyList<QueryDefinition> All { get; } =
    [
        new()
        {
            Kind = QueryKind.User,
            Summary = "What was sent to a user",
            Subject = AttributeNames.UserId,
            SubjectDescription = "The user.",
            Example = "user-0001",
            Window = QueryWindow.Optional,
            Filters = [AttributeNames.Status, AttributeNames.Channel],
            Scopes = [Caller.UserScope, Caller.SupportScope],
            Ownership = QueryOwnership.Subject,
        },
        new()
        {
            Kind = QueryKind.Transaction,
            Summary = "What happened to a transaction",
            Subject = AttributeNames.TransactionId,
            SubjectDescription = "The transaction.",
            Example = "tx-1",
            HasOneResult = true,
            Scopes = [Caller.UserScope, Caller.SupportScope],
            Ownership = QueryOwnership.Items,
        },
        new()
        {
            Kind = QueryKind.Campaign,
            Summary = "How a campaign did",
            Subject = AttributeNames.CampaignId,
            SubjectDescription = "The campaign.",
            Example = "spring-sale",
            LongestSubject = CommandImage.CampaignIdLimit,
            Window = QueryWindow.Optional,
            Filters = [AttributeNames.Status, AttributeNames.Channel],
            Scopes = [Caller.CampaignScope, Caller.SupportScope],
        },
        new()
        {
            Kind = QueryKind.Status,
            Summary = "What has a status, for example what failed",
            Subject = AttributeNames.Status,
            SubjectDescription = "The status to ask for.",
            SubjectValues = [.. Enum.GetValues<NotificationStatus>().Select(status => status.ToName())],
            Example = NotificationStatus.Failed.ToName(),
            Window = QueryWindow.OfDays(31),
            Filters = [AttributeNames.Channel],
            Scopes = [Caller.SupportScope],
        },
    ];

    /// <summary>What the query asks by.</summary>
    public required QueryKind Kind { get; init; }

    /// <summary>The query's name in paths, metrics and tools, e.g. <c>user</c>.</summary>
    public string Name => field ??= Kind.ToString().ToLowerInvariant();

    /// <summary>Where it is asked, e.g. <c>/query/user</c>.</summary>
    public string Path => field ??= $"/query/{Name}";

    /// <summary>What it answers, in a few words.</summary>
    public required string Summary { get; init; }

    /// <summary>The required parameter that names what is asked for. It has the name of the attribute that it is compared with.</summary>
    public required string Subject { get; init; }

    /// <summary>What the subject is, for the API's document.</summary>
    public required string SubjectDescription { get; init; }

    /// <summary>The values that the subject can have; null when it is an id, which can be any text.</summary>
    public IReadOnlyList<string>? SubjectValues { get; init; }

    /// <summary>How long the subject may be, in bytes of UTF-8.</summary>
    public int LongestSubject { get; init; } = CommandImage.PartitionKeyLimit;

    /// <summary>A subject for documents and samples.</summary>
    public required string Example { get; init; }

    /// <summary>The window of time; null when the query takes none.</summary>
    public QueryWindow? Window { get; init; }

    /// <summary>The attributes by which the result can be filtered: status, channel.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];

    /// <summary>
    /// Whether the subject names one notification: then there is neither order nor limit, and nothing found is 404. Ids that are used again
    /// and again still come in pages, of the largest size.
    /// </summary>
    public bool HasOneResult { get; init; }

    /// <summary>The scopes of which a caller needs one.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>What a caller with the scope <see cref="Caller.UserScope"/> alone must own.</summary>
    public QueryOwnership Ownership { get; init; }

    /// <summary>The parameters, the subject first.</summary>
    public IReadOnlyList<string> Parameters =>
        field ??= [
            Subject,
            .. Window is null ? [] : (string[])["from", "to"],
            .. Filters,
            .. HasOneResult ? [] : (string[])["order", "limit"],
            "cursor",
        ];

    /// <summary>The definition of a kind of query.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such kind.</exception>
    public static QueryDefinition Of(QueryKind kind) =>
        All.FirstOrDefault(definition => definition.Kind == kind)
        ?? throw new ArgumentOutOfRangeException(nameof(kind), kind, "is not a kind of query");

    /// <summary>Whether a parameter must be given.</summary>
    public bool Requires(string parameter) => parameter == Subject || (parameter is "from" or "to" && Window is { IsRequired: true });

    /// <summary>Path and query string of a first page.</summary>
    /// <param name="subject">What is asked for.</param>
    /// <param name="from">The start of the window, where the query requires one.</param>
    /// <param name="to">The end of the window.</param>
    public string TargetOf(string subject, string from, string to) =>
        $"{Path}?{Subject}={Uri.EscapeDataString(subject)}{(Window is { IsRequired: true } ? $"&from={from}&to={to}" : "")}";
}

/// <summary>The window of time to which a query is limited.</summary>
/// <param name="IsRequired">Whether both ends must be given.</param>
/// <param name="MaximumDays">How long it may be, in days; null when it may have any length.</param>
public sealed record QueryWindow(bool IsRequired, int? MaximumDays)
{
    /// <summary>Both ends may be left out.</summary>
    public static QueryWindow Optional { get; } = new(false, null);

    /// <summary>Both ends are required: the query reads keys of each day.</summary>
    public static QueryWindow OfDays(int maximum) => new(true, maximum);
}

/// <summary>What must be a user's own.</summary>
public enum QueryOwnership
{
    /// <summary>Nothing: the scope decides alone.</summary>
    None,

    /// <summary>The subject: it must be the caller's user id.</summary>
    Subject,

    /// <summary>The items: others are hidden.</summary>
    Items,
}
