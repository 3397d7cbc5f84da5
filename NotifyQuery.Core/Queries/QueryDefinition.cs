using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Core.Queries;

/// <summary>What a query searches by.</summary>
public enum QueryKind
{
    /// <summary>The notifications of a user.</summary>
    User,

    /// <summary>The notification of a transaction.</summary>
    Transaction,

    /// <summary>The notifications of a campaign.</summary>
    Campaign,

    /// <summary>The notifications with a status, e.g. failed ones.</summary>
    Status,
}

/// <summary>
/// A query of the API: all of its properties except the index that serves it. The endpoints, the OpenAPI document, metrics, access checks,
/// tools and checks are all derived from it.
/// </summary>
public sealed record QueryDefinition
{
    /// <summary>All queries, in the order in which they are documented.</summary>
    public static IReadOnlyList<QueryDefinition> All { get; } =
    [
        new()
        {
            Kind = QueryKind.User,
            Summary = "Notifications sent to a user",
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
            Summary = "Notifications of a transaction",
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
            Summary = "Notifications of a campaign",
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
            Summary = "Notifications with a status, for example FAILED",
            Subject = AttributeNames.Status,
            SubjectDescription = "The status of the notifications.",
            SubjectValues = [.. Enum.GetValues<NotificationStatus>().Select(status => status.ToName())],
            Example = NotificationStatus.Failed.ToName(),
            Window = QueryWindow.OfDays(31),
            Filters = [AttributeNames.Channel],
            Scopes = [Caller.SupportScope],
        },
    ];

    /// <summary>The kind of query.</summary>
    public required QueryKind Kind { get; init; }

    /// <summary>The query's name in paths, metrics and tools, e.g. <c>user</c>.</summary>
    public string Name => field ??= Kind.ToString().ToLowerInvariant();

    /// <summary>The path of the endpoint, e.g. <c>/query/user</c>.</summary>
    public string Path => field ??= $"/query/{Name}";

    /// <summary>A short summary of what the query returns.</summary>
    public required string Summary { get; init; }

    /// <summary>The required parameter of the query. Its name is the name of the attribute that the value is compared with.</summary>
    public required string Subject { get; init; }

    /// <summary>The description of the subject for the OpenAPI document.</summary>
    public required string SubjectDescription { get; init; }

    /// <summary>The allowed values of the subject; null when it is an id, which can be any text.</summary>
    public IReadOnlyList<string>? SubjectValues { get; init; }

    /// <summary>The maximum length of the subject, in UTF-8 bytes.</summary>
    public int LongestSubject { get; init; } = CommandImage.PartitionKeyLimit;

    /// <summary>An example subject for docs and samples.</summary>
    public required string Example { get; init; }

    /// <summary>The time range; null when the query has none.</summary>
    public QueryWindow? Window { get; init; }

    /// <summary>The attributes that can filter the result: status, channel.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];

    /// <summary>
    /// Whether the subject identifies one notification. Then the query has no order and no limit, and returns 404 when nothing is found. If
    /// an id was used many times, the result is still paged, with the maximum page size.
    /// </summary>
    public bool HasOneResult { get; init; }

    /// <summary>The caller needs one of these scopes.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>What must belong to the caller, if the caller's only scope is <see cref="Caller.UserScope"/>.</summary>
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

    /// <summary>Whether a parameter is required.</summary>
    public bool Requires(string parameter) => parameter == Subject || (parameter is "from" or "to" && Window is { IsRequired: true });

    /// <summary>The path and query string of the first page.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="from">The start of the time range, if the query requires one.</param>
    /// <param name="to">The end of the time range.</param>
    public string TargetOf(string subject, string from, string to) =>
        $"{Path}?{Subject}={Uri.EscapeDataString(subject)}{(Window is { IsRequired: true } ? $"&from={from}&to={to}" : "")}";
}

/// <summary>The rules for the time range of a query.</summary>
/// <param name="IsRequired">Whether both ends are required.</param>
/// <param name="MaximumDays">The maximum length in days; null for no limit.</param>
public sealed record QueryWindow(bool IsRequired, int? MaximumDays)
{
    /// <summary>Both ends are optional.</summary>
    public static QueryWindow Optional { get; } = new(false, null);

    /// <summary>Both ends are required, because the query reads the keys of each day.</summary>
    public static QueryWindow OfDays(int maximum) => new(true, maximum);
}

/// <summary>What must belong to the user.</summary>
public enum QueryOwnership
{
    /// <summary>Nothing: only the scope is checked.</summary>
    None,

    /// <summary>The subject: it must be the caller's user id.</summary>
    Subject,

    /// <summary>The items: those of other users are hidden.</summary>
    Items,
}
