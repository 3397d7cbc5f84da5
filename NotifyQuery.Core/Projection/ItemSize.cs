using System.Text;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Projection;

/// <summary>
/// The size of an item as DynamoDB counts it: the UTF-8 bytes of every attribute's name and value
/// (Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats").
/// </summary>
public static class ItemSize
{
    /// <summary>The maximum size of a DynamoDB item, in bytes.</summary>
    public const int Limit = 400 * 1024;

    // The key number has the same length for up to a hundred keys, so any such spread gives the same size.
    private static readonly KeySpread Spread = KeySpread.Over(1);

    /// <summary>The size in bytes of a projected command, in a table with at most a hundred keys for each campaign.</summary>
    public static int OfProjection(CommandRecord record) =>
        Attribute(AttributeNames.UserId, record.UserId)
        + Attribute(AttributeNames.CreatedAt, record.Key.SortKey)
        + Attribute(AttributeNames.TransactionId, record.TransactionId)
        + Attribute(AttributeNames.SentAt, record.CreatedAt)
        + Attribute(AttributeNames.Channel, record.Channel?.ToName())
        + Attribute(AttributeNames.Status, record.Status?.ToName())
        + Attribute(AttributeNames.CampaignId, record.CampaignId)
        + Attribute(AttributeNames.Title, record.Title)
        + Attribute(AttributeNames.Body, record.Body)
        + Attribute(AttributeNames.ErrorMessage, record.ErrorMessage)
        + Attribute(AttributeNames.UpdatedAt, record.UpdatedAt)
        + Attribute(AttributeNames.TraceParent, record.TraceParent)
        + SharedKey.All.Sum(key => Attribute(key.Attribute, Spread.KeyOf(key, record)))
        + AttributeNames.SourceVersion.Length
        + SourceVersion.Length
        + AttributeNames.ProjectedAt.Length
        + record.CreatedAt.Length;

    private static int Attribute(string name, string? value) => value is null ? 0 : name.Length + Encoding.UTF8.GetByteCount(value);
}
