using System.Collections.Frozen;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Queries;

/// <summary>The caller of the API: the rules for which queries they may run and what they may see, in one place.</summary>
public sealed class Caller
{
    /// <summary>Allows reading the notifications of the token's own subject.</summary>
    public const string UserScope = "user";

    /// <summary>Allows every query, about any user.</summary>
    public const string SupportScope = "support";

    /// <summary>Allows queries by campaign.</summary>
    public const string CampaignScope = "campaign";

    /// <summary>Also shows the bodies of other users' notifications.</summary>
    public const string BodyScope = "body";

    /// <summary>All known scopes.</summary>
    public static IReadOnlyList<string> Scopes { get; } = [UserScope, SupportScope, CampaignScope, BodyScope];

    private readonly string? subject;
    private readonly FrozenSet<string> scopes;

    private Caller(string? subject, IEnumerable<string> scopes)
    {
        this.subject = string.IsNullOrEmpty(subject) ? null : subject;
        this.scopes = scopes.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>The caller when access control is off: may run every query and see everything.</summary>
    public static Caller Anybody { get; } = new(null, [SupportScope, BodyScope]);

    /// <summary>The caller of a token.</summary>
    /// <param name="subject">The token's subject: the user id of a user.</param>
    /// <param name="scopes">The granted scopes. Unknown scopes grant nothing.</param>
    public static Caller Of(string? subject, IEnumerable<string> scopes) => new(subject, scopes);

    /// <summary>Whether the caller may run queries of this kind.</summary>
    public bool MayAsk(QueryDefinition definition) =>
        definition.Scopes.Any(scope => scopes.Contains(scope) && (scope != UserScope || subject is not null));

    /// <summary>Whether the caller may run this query. Users may only query their own notifications.</summary>
    public bool MayAsk(NotificationQuery query)
    {
        var definition = QueryDefinition.Of(query.By);
        return MayAsk(definition)
            && (definition.Ownership is not QueryOwnership.Subject || scopes.Contains(SupportScope) || query.Value == subject);
    }

    /// <summary>
    /// Filters the items for the caller. Users do not see other users' transactions. Bodies are removed unless a scope allows them.
    /// </summary>
    public IReadOnlyList<Notification> Show(QueryDefinition definition, IReadOnlyList<Notification> items) =>
        [
            .. items
                .Where(item => definition.Ownership is not QueryOwnership.Items || scopes.Contains(SupportScope) || IsOwn(item))
                .Select(item => scopes.Contains(BodyScope) || IsOwn(item) ? item : item with { Body = null }),
        ];

    private bool IsOwn(Notification item) => scopes.Contains(UserScope) && item.UserId == subject;
}
