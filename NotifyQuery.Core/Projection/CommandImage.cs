using System.Text;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Projection;

/// <summary>What an image of a command record holds under one name.</summary>
/// <param name="Text">The text, when the attribute is a string.</param>
/// <param name="OtherType">DynamoDB's name of the type (<c>N</c>, <c>M</c>, …), when it is not a string; null also when it is absent.</param>
public readonly record struct ImageValue(string? Text, string? OtherType)
{
    /// <summary>An attribute that the image does not have.</summary>
    public static ImageValue Absent => default;
}

/// <summary>Looks up an attribute of an image; adapters give one for each representation of DynamoDB items.</summary>
public delegate ImageValue ImageReader(string attribute);

/// <summary>
/// The one place where the attributes of a command record are read and judged. Unknown attributes are not looked at.
/// </summary>
/// <param name="Record">The record, when there is nothing wrong with it.</param>
/// <param name="Problems">What is wrong with it, one sentence each; empty when <paramref name="Record"/> is given.</param>
public sealed record CommandImage(CommandRecord? Record, IReadOnlyList<string> Problems)
{
    private const int SortKeyLimit = 1024; // bytes, DynamoDB's limit for a sort key

    /// <summary>DynamoDB's limit for a partition key, in bytes: the longest id of a user or a campaign.</summary>
    public const int PartitionKeyLimit = 2048;

    /// <summary>The trace of the write that made this image, if it named one: known also of a record that there is something wrong with.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Reads and judges an image.</summary>
    public static CommandImage Read(ImageReader image)
    {
        var problems = new List<string>();

        var transactionId = Required(AttributeNames.TransactionId);
        var createdAt = Required(AttributeNames.CreatedAt);
        if (createdAt is not null && !Timestamp.IsValid(createdAt))
            problems.Add($"{AttributeNames.CreatedAt} is '{Shorten(createdAt)}': it must be ISO-8601 in UTC with milliseconds, like 2026-11-22T08:15:30.123Z");
        var userId = Required(AttributeNames.UserId);
        if (transactionId is not null && createdAt is not null)
            RequireLength($"{AttributeNames.CreatedAt}#{AttributeNames.TransactionId}", createdAt.Length + 1 + Encoding.UTF8.GetByteCount(transactionId), SortKeyLimit);
        if (userId is not null) RequireLength(AttributeNames.UserId, Encoding.UTF8.GetByteCount(userId), PartitionKeyLimit);

        Channel? channel = null;
        if (Optional(AttributeNames.Channel) is { } channelName)
        {
            if (WireNames.TryParse(channelName, out Channel known)) channel = known;
            else problems.Add($"{AttributeNames.Channel} is '{Shorten(channelName)}': it must be one of {WireNames.AllChannels}");
        }

        NotificationStatus? status = null;
        if (Optional(AttributeNames.Status) is { } statusName)
        {
            if (WireNames.TryParse(statusName, out NotificationStatus known)) status = known;
            else problems.Add($"{AttributeNames.Status} is '{Shorten(statusName)}': it must be one of {WireNames.AllStatuses}");
        }

        var campaignId = Optional(AttributeNames.CampaignId);
        if (campaignId is not null) RequireLength(AttributeNames.CampaignId, Encoding.UTF8.GetByteCount(campaignId), PartitionKeyLimit);
        var title = Optional(AttributeNames.Title);
        var body = Optional(AttributeNames.Body);
        var errorMessage = Optional(AttributeNames.ErrorMessage);
        var updatedAt = Optional(AttributeNames.UpdatedAt);
        var traceParent = Optional(AttributeNames.TraceParent);

        if (problems.Count > 0) return new(null, problems) { TraceParent = traceParent };
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
            : new(null, [$"the projected item would have {size:N0} bytes: DynamoDB takes at most {ItemSize.Limit:N0}"]) { TraceParent = traceParent };

        string? Required(string attribute)
        {
            var text = Optional(attribute);
            if (text is null && image(attribute).OtherType is null) problems.Add($"{attribute} is missing");
            return text;
        }

        // An empty text says as little as an absent one, and DynamoDB refuses it as a key of a table or an index.
        string? Optional(string attribute)
        {
            var value = image(attribute);
            if (value.OtherType is { } type) problems.Add($"{attribute} has type {type}: it must be a string (S)");
            return string.IsNullOrEmpty(value.Text) ? null : value.Text;
        }

        void RequireLength(string what, int bytes, int limit)
        {
            if (bytes > limit) problems.Add($"{what} has {bytes:N0} bytes: at most {limit:N0} fit into a key");
        }
    }

    /// <summary>
    /// Where an image's notification would stand, whatever else is wrong with the image; null when not even that can be told. A command
    /// whose moment is invalid never had a place; its text may even be that of another command's, cut elsewhere.
    /// </summary>
    public static NotificationKey? KeyOf(ImageReader image)
    {
        var (transactionId, createdAt, userId) =
            (image(AttributeNames.TransactionId).Text, image(AttributeNames.CreatedAt).Text, image(AttributeNames.UserId).Text);
        return string.IsNullOrEmpty(transactionId) || string.IsNullOrEmpty(userId) || createdAt is null || !Timestamp.IsValid(createdAt)
            ? null
            : NotificationKey.Of(userId, createdAt, transactionId);
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
