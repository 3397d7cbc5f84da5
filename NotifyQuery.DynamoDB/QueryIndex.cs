using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.DynamoDB;

/// <summary>The key and the index of notification-records that serve a <see cref="QueryDefinition"/>.</summary>
public sealed record QueryIndex
{
    /// <summary>The index of <c>deploy/tables.template.json</c>; null for the table itself.</summary>
    public string? Index { get; init; }

    /// <summary>The key, if it is an attribute of the command.</summary>
    public string? Attribute { get; init; }

    /// <summary>The key, if many notifications share it and it is spread.</summary>
    public SharedKey? Shared { get; init; }

    /// <summary>Whether each day has its own keys.</summary>
    public bool HasKeysOfEachDay { get; init; }

    /// <summary>The index for queries by transaction.</summary>
    public const string TransactionIndex = "transaction-index";

    /// <summary>The index for queries by campaign.</summary>
    public const string CampaignIndex = "campaign-index";

    /// <summary>The index for queries by status and day.</summary>
    public const string StatusIndex = "status-index";

    /// <summary>The index of a kind of query.</summary>
    public static QueryIndex Of(QueryKind kind) =>
        kind switch
        {
            QueryKind.User => new() { Attribute = AttributeNames.UserId },
            QueryKind.Transaction => new() { Index = TransactionIndex, Attribute = AttributeNames.TransactionId },
            QueryKind.Campaign => new() { Index = CampaignIndex, Shared = SharedKey.Campaign },
            QueryKind.Status => new()
            {
                Index = StatusIndex,
                Shared = SharedKey.StatusOfDay,
                HasKeysOfEachDay = true,
            },
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "is not a kind of query"),
        };

    /// <summary>The key attribute in a table with this spread.</summary>
    public string AttributeOf(KeySpread spread) => Shared is { } shared ? spread.AttributeOf(shared) ?? shared.Attribute : Attribute!;

    /// <summary>All keys of a value: one key, or as many as the table spreads the value over.</summary>
    public IReadOnlyList<string> KeysOf(string value, KeySpread spread) => Shared is null ? [value] : spread.KeysOf(value);
}
