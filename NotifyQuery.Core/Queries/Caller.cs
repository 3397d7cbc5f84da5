using System.Collections.Frozen;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Queries;

/// <summary>Who asks: the rules of what they may ask and what they are shown, in one place.</summary>
public sealed class Caller
{
    /// <summary>Reads the notifications of its own subject.</summary>
    public const string UserScope = "user";

    /// <summary>Asks every query, about anybody.</summary>
    public const string SupportScope = "support";

    /// <summary>Asks queries by campaign.</summary>
    public const string CampaignScope = "campaign";

    /// <summary>Is shown the bodies of others' notifications too.</summary>
    public const string BodyScope = "body";

    /// <summary>All scopes that mean something here.</summary>
    public static IReadOnlyList<string> Scopes { get; } = [UserScope, SupportScope, CampaignScope, BodyScope];

    private readonly string? subject;
    private readonly FrozenSet<string> scopes;

    private Caller(string? subject, IEnumerable<string> scopes)
    {
        this.subject = string.IsNullOrEmpty(subject) ? null : subject;
        this.scopes = scopes.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>The caller where access is off: asks anything, and is shown all of it.</summary>
    public static Caller Anybody { get; } = new(null, [SupportScope, BodyScope]);

    /// <summary>The caller that a token names.</summary>
    /// <param name="subject">The token's subject: the user id of a user.</param>
    /// <param name="scopes">The scopes granted; those not known here grant nothing.</param>
    public static Caller Of(string? subject, IEnumerable<string> scopes) => new(subject, scopes);

    /// <summary>Whether a query of this kind may be asked at all.</summary>
    public bool MayAsk(QueryDefinition definition) =>
        definition.Scopes.Any(scope => scopes.Contains(scope) && (scope != UserScope || subject is not null));

    /// <summary>Whether this very query may be asked: users ask about themselves only.</summary>
    public bool MayAsk(NotificationQuery query)
    {
        var definition = QueryDefinition.Of(query.By);
        return MayAsk(definition)
            && (definition.Ownership is not QueryOwnership.Subject || scopes.Contains(SupportScope) || query.Value == subject);
    }

    /// <summary>
    /// What the caller is shown of the items read: another's transaction is not there for a user, and bodies only by right.
    /// </summary>
    public IReadOnlyList<Notification> Show(QueryDefinition definition, IReadOnlyList<Notification> items) =>
        [
            .. items
                .Where(item => definition.Ownership is not QueryOwnership.Items || scopes.Contains(SupportScope) || IsOwn(item))
                .Select(item => scopes.Contains(BodyScope) || IsOwn(item) ? item : item with { Body = null }),
        ];

    private bool IsOwn(Notification item) => scopes.Contains(UserScope) && item.UserId == subject;
}
