using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB.Http;

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
            if (value is not null)
                item[name] = new(value);
        }
    }

    /// <summary>The records of the items that are valid commands.</summary>
    public static List<CommandRecord> ValidRecords(IEnumerable<Dictionary<string, AttributeValue>> items) =>
        [.. items.Select(item => CommandImage.Read(Reader(item)).Record).OfType<CommandRecord>()];

    /// <summary>The key of a command's item.</summary>
    public static Dictionary<string, AttributeValue> KeyOf(CommandRecord record) =>
        KeyOf(new CommandKey(record.TransactionId, record.CreatedAt));

    /// <inheritdoc cref="KeyOf(CommandRecord)" />
    public static Dictionary<string, AttributeValue> KeyOf(CommandKey key) =>
        new() { [AttributeNames.TransactionId] = new(key.TransactionId), [AttributeNames.CreatedAt] = new(key.CreatedAt) };

    /// <summary>The key of an item.</summary>
    public static CommandKey ReadKey(Dictionary<string, AttributeValue> item) =>
        new(item[AttributeNames.TransactionId].S, item[AttributeNames.CreatedAt].S);

    /// <summary>Adapts an item to the image reader of the core.</summary>
    public static ImageReader Reader(Dictionary<string, AttributeValue> item) =>
        name => item.GetValueOrDefault(name) is { } value ? ValueOf(value) : ImageValue.Absent; // some engines return null

    private static ImageValue ValueOf(AttributeValue value) =>
        value switch
        {
            { S: { } text } when LoneSurrogates.IsIn(text) => ImageValue.NotUnicode,
            { NULL: false } => ImageValue.FalseNull,
            _ => ImageValue.Of(TypesOf(value), value.S),
        };

    /// <summary>The types that have a value: exactly one, unless the engine is faulty.</summary>
    private static List<string> TypesOf(AttributeValue value)
    {
        var types = new List<string>(1);
        Add("S", value.S);
        Add("N", value.N);
        Add("B", value.B);
        Add("BOOL", value.BOOL);
        Add("NULL", value.NULL);
        Add("M", value.M);
        Add("L", value.L);
        Add("SS", value.SS);
        Add("NS", value.NS);
        Add("BS", value.BS);
        return types;

        void Add(string type, object? content)
        {
            if (content is not null)
                types.Add(type);
        }
    }
}
