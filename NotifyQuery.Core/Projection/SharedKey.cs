using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Projection;

/// <summary>
/// An index key of notification-records that many notifications share, and that is therefore spread (<see cref="KeySpread"/>): the
/// projection writes it beside the command's own attributes.
/// </summary>
/// <param name="Attribute">The attribute that holds it.</param>
/// <param name="AttributeBefore">
/// What held it in a table from before keys were spread; null for a key that such a table does not have.
/// </param>
/// <param name="SharedBy">What the notifications of one key have in common; null for a notification that has no such key.</param>
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

    /// <summary>All of them.</summary>
    public static IReadOnlyList<SharedKey> All { get; } = [Campaign, StatusOfDay];

    /// <summary>What the notifications of a day have in common.</summary>
    /// <param name="value">What they share beside the day.</param>
    /// <param name="day">A UTC day, <c>yyyy-MM-dd</c>.</param>
    public static string OnDay(string value, string day) => $"{value}#{day}";
}
