using System.Globalization;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB.Http;

namespace NotifyQuery.DynamoDB;

/// <summary>The attributes of an item of notification-records. Items are written and read only here.</summary>
public static class NotificationItem
{
    /// <summary>The item of a write.</summary>
    /// <param name="write">The write.</param>
    /// <param name="spread">How the table's keys are spread.</param>
    /// <param name="projectedAt">The time of the projection.</param>
    public static Dictionary<string, AttributeValue> Of(ProjectionWrite write, KeySpread spread, DateTimeOffset projectedAt)
    {
        var item = KeyOf(write.Key);
        item[AttributeNames.SourceVersion] = new(write.Version.Text);
        item[AttributeNames.ProjectedAt] = new(Timestamp.Format(projectedAt));
        switch (write)
        {
            case ProjectionWrite.Put { Record: var record }:
                // All attributes of the command except created_at, which the sort key replaces.
                foreach (var (name, value) in CommandItem.Of(record))
                    item.TryAdd(name, value);
                item[AttributeNames.SentAt] = new(record.CreatedAt);
                foreach (var key in SharedKey.All)
                    if (spread.AttributeOf(key) is { } attribute && spread.KeyOf(key, record) is { } value)
                        item[attribute] = new(value);
                break;
            case ProjectionWrite.Tombstone { DeletedAt: var deletedAt }:
                var expiresAt = deletedAt + ProjectionWrite.Tombstone.Lifetime;
                item[AttributeNames.DeletedAt] = new(Timestamp.Format(deletedAt));
                item[AttributeNames.ExpiresAt] = new() { N = expiresAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) };
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(write), write.GetType(), "is not a write of the projection");
        }

        return item;
    }

    /// <summary>The key of an item.</summary>
    public static Dictionary<string, AttributeValue> KeyOf(NotificationKey key) =>
        new() { [AttributeNames.UserId] = new(key.UserId), [AttributeNames.CreatedAt] = new(key.SortKey) };

    /// <summary>Reads the key of an item.</summary>
    public static NotificationKey ReadKey(Dictionary<string, AttributeValue> item) =>
        new(item[AttributeNames.UserId].S, item[AttributeNames.CreatedAt].S);

    /// <summary>Whether an item is a tombstone of a removed notification.</summary>
    public static bool IsTombstone(Dictionary<string, AttributeValue> item) => item.ContainsKey(AttributeNames.DeletedAt);

    /// <summary>The version of an item; an unreadable version is older than every other.</summary>
    public static SourceVersion ReadVersion(Dictionary<string, AttributeValue> item) =>
        SourceVersion.TryParse(item.GetValueOrDefault(AttributeNames.SourceVersion)?.S, out var version) ? version : default;

    /// <summary>
    /// The attributes of an item that differ from the command. The version does not have to match, but future changes must be able to
    /// replace it: it must be readable, and not from a later stream.
    /// </summary>
    /// <param name="record">The command.</param>
    /// <param name="item">The item of its notification.</param>
    /// <param name="spread">How the table's keys are spread: an item with the keys of another table counts as different.</param>
    /// <param name="start">The start of the command stream; the default when it is not known.</param>
    public static IReadOnlyList<string> Differences(
        CommandRecord record,
        Dictionary<string, AttributeValue> item,
        KeySpread spread,
        SourceVersion start = default
    )
    {
        var version = ReadVersion(item);
        var expected = Of(new ProjectionWrite.Put(record, version.Blocks(start) ? start : version), spread, default);
        return
        [
            .. expected
                .Keys.Union(item.Keys)
                .Except([AttributeNames.ProjectedAt])
                .Where(name => expected.GetValueOrDefault(name)?.S is not { } text || item.GetValueOrDefault(name)?.S != text)
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>
    /// The notification of an item; null when the item is not a valid notification, because it was not written by the projection.
    /// </summary>
    public static Notification? TryRead(Dictionary<string, AttributeValue> item)
    {
        if (
            Text(AttributeNames.TransactionId) is not { } transactionId
            || Text(AttributeNames.UserId) is not { } userId
            || Text(AttributeNames.SentAt) is not { } createdAt
        )
            return null;
        return new()
        {
            TransactionId = transactionId,
            UserId = userId,
            CreatedAt = createdAt,
            Channel = Text(AttributeNames.Channel),
            Status = Text(AttributeNames.Status),
            CampaignId = Text(AttributeNames.CampaignId),
            Title = Text(AttributeNames.Title),
            Body = Text(AttributeNames.Body),
            ErrorMessage = Text(AttributeNames.ErrorMessage),
            UpdatedAt = Text(AttributeNames.UpdatedAt),
        };

        string? Text(string name) => item.GetValueOrDefault(name)?.S is { } text && !LoneSurrogates.IsIn(text) ? text : null;
    }
}
