using System.Globalization;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>
/// A change of an item: put in any state (also one that leaves the result) or at another user, removed, or gone without a trace.
/// </summary>
internal sealed record ItemChange(ItemAct Act, int Number, string Status, string Channel, int Version, bool Moved)
{
    /// <summary>The moment of the first item.</summary>
    public static readonly DateTimeOffset First = new(2026, 11, 1, 20, 0, 0, TimeSpan.Zero);

    // Two every seven hours: several days, and midnights in between.
    public string CreatedAt => Timestamp.Format(First.AddHours(7 * (Number / 2)));

    // The number says whose an item is, until it moves: others' items lie between.
    public NotificationKey Key => NotificationKey.Of(Number % 5 == 4 != Moved ? "bob" : "ann", CreatedAt, $"tx-{Number:D2}");

    public bool IsIn(NotificationQuery query) =>
        (query.By is not QueryKind.User || Key.UserId == query.Value)
        && (query.By is not QueryKind.Status || Status == query.Value)
        && (query.Status is not { } status || Status == status.ToName())
        && (query.Channel is not { } channel || Channel == channel.ToName())
        && (query.From is null || string.CompareOrdinal(CreatedAt, query.From) >= 0)
        && (query.To is null || string.CompareOrdinal(CreatedAt, query.To) < 0);

    public Notification Shown() =>
        new()
        {
            TransactionId = $"tx-{Number:D2}",
            UserId = Key.UserId,
            CreatedAt = CreatedAt,
            Status = Status,
            Channel = Channel,
            CampaignId = "spring",
            Title = Version.ToString(CultureInfo.InvariantCulture),
        };

    public Dictionary<string, AttributeValue> KeyItem() =>
        new() { [AttributeNames.UserId] = new(Key.UserId), [AttributeNames.CreatedAt] = new(Key.SortKey) };

    public Dictionary<string, AttributeValue> Item(KeySpread spread)
    {
        var item = KeyItem();
        if (Act is ItemAct.Tombstone)
        {
            item[AttributeNames.DeletedAt] = new(CreatedAt);
            return item;
        }

        item[AttributeNames.TransactionId] = new($"tx-{Number:D2}");
        item[AttributeNames.SentAt] = new(CreatedAt);
        item[AttributeNames.Status] = new(Status);
        Assert.True(WireNames.TryParse(Status, out NotificationStatus status));
        var record = new CommandRecord
        {
            TransactionId = $"tx-{Number:D2}",
            CreatedAt = CreatedAt,
            UserId = Key.UserId,
            Status = status,
            CampaignId = "spring",
        };
        item[spread.AttributeOf(SharedKey.StatusOfDay)!] = new(spread.KeyOf(SharedKey.StatusOfDay, record));
        item[AttributeNames.Channel] = new(Channel);
        item[AttributeNames.CampaignId] = new("spring");
        item[spread.AttributeOf(SharedKey.Campaign)!] = new(spread.KeyOf(SharedKey.Campaign, record));
        item[AttributeNames.Title] = new(Version.ToString(CultureInfo.InvariantCulture));
        return item;
    }
}

/// <summary>What a change does to its item.</summary>
internal enum ItemAct
{
    Put,
    Tombstone,
    Delete,
}
