using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Projection;

/// <summary>
/// An index key of notification-records that many notifications share, and that is therefore spread (<see cref="KeySpread"/>). The
/// projection writes it in addition to the command's own attributes.
/// </summary>
/// <param name="Attribute">The attribute that holds the key.</param>
/// <param name="AttributeBefore">
/// The attribute in a table that was created before keys were spread; null if such a table does not have this key.
/// </param>
/// <param name="SharedBy">The value that the notifications of one key share; null for a notification that does not have this key.</param>
public sealed record SharedKey(string Attribute, string? AttributeBefore, Func<CommandRecord, string?> SharedBy)
{
    /// <summary>A campaign: <c>spring-sale#07</c>.</summary>
    public static SharedKey Campaign { get; } = new(AttributeNames.CampaignKey, AttributeNames.CampaignId, record => record.CampaignId);

    /// <summary>A status on the day of the command, in UTC: <c>FAILED#2026-11-22#07</c>.</summary>
    public static SharedKey StatusOfDay { get; } =
        new(
            AttributeNames.StatusKey,
            AttributeNames.StatusDay,
            record => record.Status is { } status ? OnDay(status.ToName(), Timestamp.DayOf(record.CreatedAt)) : null
        );

    /// <summary>All shared keys.</summary>
    public static IReadOnlyList<SharedKey> All { get; } = [Campaign, StatusOfDay];

    /// <summary>The shared value of the notifications of a day.</summary>
    /// <param name="value">The value that they share in addition to the day.</param>
    /// <param name="day">A UTC day, <c>yyyy-MM-dd</c>.</param>
    public static string OnDay(string value, string day) => $"{value}#{day}";
}
