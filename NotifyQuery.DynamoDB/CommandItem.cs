using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.DynamoDB;

/// <summary>The shape of an item of command-records.</summary>
public static class CommandItem
{
    /// <summary>The item of a command.</summary>
    public static Dictionary<string, AttributeValue> Of(CommandRecord record)
    {
        var item = KeyOf(record);
        Add(AttributeNames.UserId, record.UserId);
        Add(AttributeNames.Channel, record.Channel?.ToName());
        Add(AttributeNames.Status, record.Status?.ToName());
        Add(AttributeNames.CampaignId, record.CampaignId);
        Add(AttributeNames.Title, record.Title);
        Add(AttributeNames.Body, record.Body);
        Add(AttributeNames.ErrorMessage, record.ErrorMessage);
        Add(AttributeNames.UpdatedAt, record.UpdatedAt);
        Add(AttributeNames.TraceParent, record.TraceParent);
        return item;

        void Add(string name, string? value)
        {
            if (value is not null) item[name] = new(value);
        }
    }

    /// <summary>The key of a command's item.</summary>
    public static Dictionary<string, AttributeValue> KeyOf(CommandRecord record) => new()
    {
        [AttributeNames.TransactionId] = new(record.TransactionId),
        [AttributeNames.CreatedAt] = new(record.CreatedAt),
    };

    /// <summary>Gives an item to the rules of the core.</summary>
    public static ImageReader Reader(Dictionary<string, AttributeValue> item) => name =>
        !item.TryGetValue(name, out var value) ? ImageValue.Absent
        : value.S is { } text ? new(text, null)
        : new(null, TypeOf(value));

    private static string TypeOf(AttributeValue value) => value switch
    {
        { N: not null } => "N",
        { BOOL: not null } => "BOOL",
        { NULL: not null } => "NULL",
        { B: not null } => "B",
        { M: not null } => "M",
        { L: not null } => "L",
        { SS: not null } => "SS",
        { NS: not null } => "NS",
        _ => "BS",
    };
}
