using System.Text;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Projection;

/// <summary>The value of one attribute in an image of a command record.</summary>
/// <param name="Text">The text, when the attribute is a string.</param>
/// <param name="OtherType">
/// DynamoDB's name of the type (<c>N</c>, <c>M</c>, …), when it is not a string. Also null when the attribute is absent.
/// </param>
public readonly record struct ImageValue(string? Text, string? OtherType)
{
    private const string NullType = "NULL";

    /// <summary>An attribute that the image does not have.</summary>
    public static ImageValue Absent => default;

    /// <summary>A text that is not valid Unicode.</summary>
    public static ImageValue NotUnicode { get; } = Unreadable("is not Unicode text: it contains half of a surrogate pair");

    /// <summary>An attribute of the type NULL whose value is not <c>true</c>: DynamoDB accepts no such value.</summary>
    public static ImageValue FalseNull { get; } = Unreadable("is NULL with the value false: NULL can only be true");

    /// <summary>What is wrong with the value, as the end of a sentence about the attribute; null when the value can be read.</summary>
    public string? Fault { get; private init; }

    /// <summary>Whether the value is NULL, which means absent: many clients write NULL instead of omitting the attribute.</summary>
    internal bool IsNull => OtherType is NullType;

    /// <summary>A value that cannot be read, with the reason.</summary>
    public static ImageValue Unreadable(string fault) => new(null, null) { Fault = fault };

    /// <summary>Creates the value of an attribute from the DynamoDB types that are present in it.</summary>
    /// <param name="types">Exactly one type. A faulty engine or client may return several, or none for an empty map or list.</param>
    /// <param name="text">The text, when the type is <c>S</c>.</param>
    public static ImageValue Of(IReadOnlyList<string> types, string? text) =>
        types switch
        {
            [] => Unreadable("has no value of a known type"),
            ["S"] => text is not null && !UnicodeText.IsWellFormed(text) ? NotUnicode : new(text, null),
            [var other] => new(null, other),
            _ => Unreadable($"has the types {string.Join(" and ", types)}: it must have exactly one"),
        };
}

/// <summary>Looks up an attribute of an image. Each adapter provides one for its representation of DynamoDB items.</summary>
public delegate ImageValue ImageReader(string attribute);

/// <summary>The only place where the attributes of a command record are read and validated. Unknown attributes are ignored.</summary>
/// <param name="Record">The record, when it is valid.</param>
/// <param name="Problems">What is wrong with the record, one sentence each; empty when <paramref name="Record"/> is given.</param>
public sealed record CommandImage(CommandRecord? Record, IReadOnlyList<string> Problems)
{
    private const int SortKeyLimit = 1024; // bytes, DynamoDB's limit for a sort key

    /// <summary>DynamoDB's limit for a partition key in bytes, which is the maximum length of a user id.</summary>
    public const int PartitionKeyLimit = 2048;

    /// <summary>The maximum length of a campaign id in bytes. An index key is the campaign id and the key number.</summary>
    public const int CampaignIdLimit = PartitionKeyLimit - KeySpread.SuffixLength;

    /// <summary>The trace context of the write that produced this image, if it has one. Also set when the record is invalid.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Reads and validates an image.</summary>
    public static CommandImage Read(ImageReader image)
    {
        var problems = new List<string>();

        var transactionId = Required(AttributeNames.TransactionId);
        var createdAt = Required(AttributeNames.CreatedAt);
        if (createdAt is not null && !Timestamp.IsValid(createdAt))
            problems.Add(
                $"{AttributeNames.CreatedAt} is '{Shorten(createdAt)}': it must be ISO-8601 in UTC with milliseconds, like "
                    + $"2026-11-22T08:15:30.123Z"
            );
        var userId = Required(AttributeNames.UserId);
        if (transactionId is not null)
            RequireLength(
                $"{AttributeNames.CreatedAt}#{AttributeNames.TransactionId}",
                Timestamp.Length + 1 + Encoding.UTF8.GetByteCount(transactionId),
                SortKeyLimit
            );
        if (userId is not null)
            RequireLength(AttributeNames.UserId, Encoding.UTF8.GetByteCount(userId), PartitionKeyLimit);

        Channel? channel = null;
        if (Optional(AttributeNames.Channel) is { } channelName)
        {
            if (WireNames.TryParse(channelName, out Channel known))
                channel = known;
            else
                problems.Add($"{AttributeNames.Channel} is '{Shorten(channelName)}': it must be one of {WireNames.AllChannels}");
        }

        NotificationStatus? status = null;
        if (Optional(AttributeNames.Status) is { } statusName)
        {
            if (WireNames.TryParse(statusName, out NotificationStatus known))
                status = known;
            else
                problems.Add($"{AttributeNames.Status} is '{Shorten(statusName)}': it must be one of {WireNames.AllStatuses}");
        }

        var campaignId = Optional(AttributeNames.CampaignId);
        if (campaignId is not null)
            RequireLength(AttributeNames.CampaignId, Encoding.UTF8.GetByteCount(campaignId), CampaignIdLimit);
        var title = Optional(AttributeNames.Title);
        var body = Optional(AttributeNames.Body);
        var errorMessage = Optional(AttributeNames.ErrorMessage);
        var updatedAt = Optional(AttributeNames.UpdatedAt);
        var traceParent = Optional(AttributeNames.TraceParent);

        if (problems.Count > 0)
            return new(null, problems) { TraceParent = traceParent };
        var record = new CommandRecord
        {
            TransactionId = transactionId!,
            CreatedAt = createdAt!,
            UserId = userId!,
            Channel = channel,
            Status = status,
            CampaignId = campaignId,
            Title = title,
            Body = body,
            ErrorMessage = errorMessage,
            UpdatedAt = updatedAt,
            TraceParent = traceParent,
        };
        var size = ItemSize.OfProjection(record);
        return size <= ItemSize.Limit
            ? new(record, []) { TraceParent = traceParent }
            : new(null, [$"the projected item would have {size:N0} bytes: DynamoDB allows at most {ItemSize.Limit:N0}"])
            {
                TraceParent = traceParent,
            };

        string? Required(string attribute)
        {
            var text = Optional(attribute);
            if (text is null && ValueOf(attribute) is { OtherType: null, Fault: null } or { IsNull: true })
                problems.Add($"{attribute} is missing");
            return text;
        }

        // An absent value has three forms: no attribute, NULL, and an empty text, which DynamoDB refuses as a key of a table or an index.
        string? Optional(string attribute)
        {
            var value = ValueOf(attribute);
            if (value.Fault is { } fault)
                problems.Add($"{attribute} {fault}");
            else if (value is { OtherType: { } type, IsNull: false })
                problems.Add($"{attribute} has type {type}: it must be a string (S)");
            return string.IsNullOrEmpty(value.Text) ? null : value.Text;
        }

        ImageValue ValueOf(string attribute)
        {
            var value = image(attribute);
            return value.Text is null || UnicodeText.IsWellFormed(value.Text) ? value : ImageValue.NotUnicode;
        }

        void RequireLength(string what, int bytes, int limit)
        {
            if (bytes > limit)
                problems.Add($"{what} has {bytes:N0} bytes: at most {limit:N0} fit into a key");
        }
    }

    /// <summary>
    /// The key of the image's notification; null when the key attributes are invalid. The other attributes are not checked. An image with
    /// an invalid <c>created_at</c> has no key, because the joined text could be the key of another command.
    /// </summary>
    public static NotificationKey? KeyOf(ImageReader image)
    {
        var (transactionId, createdAt, userId) = (
            image(AttributeNames.TransactionId).Text,
            image(AttributeNames.CreatedAt).Text,
            image(AttributeNames.UserId).Text
        );
        if (string.IsNullOrEmpty(transactionId) || string.IsNullOrEmpty(userId) || createdAt is null || !Timestamp.IsValid(createdAt))
            return null;
        var key = NotificationKey.Of(userId, createdAt, transactionId);
        return
            UnicodeText.IsWellFormed(key.UserId)
            && UnicodeText.IsWellFormed(key.SortKey)
            && Encoding.UTF8.GetByteCount(key.UserId) <= PartitionKeyLimit
            && Encoding.UTF8.GetByteCount(key.SortKey) <= SortKeyLimit
            ? key
            : null;
    }

    private static string Shorten(string text) => UnicodeText.Printable(UnicodeText.Shorten(text, 40));
}
