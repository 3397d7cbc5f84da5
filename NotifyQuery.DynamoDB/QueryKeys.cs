using System.Globalization;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.DynamoDB;

/// <summary>Keys that each have a part of the result for the same time range. They are read concurrently and merged.</summary>
/// <param name="Index">The index; null for the table itself.</param>
/// <param name="KeyName">The key attribute.</param>
/// <param name="Values">The keys: one, or as many as the table's shared keys are spread over.</param>
/// <param name="Start">Each key starts after this item; null for the beginning.</param>
/// <param name="Day">The day of the keys; null if the keys are not of one day.</param>
public sealed record QueryKeys(string? Index, string KeyName, IReadOnlyList<string> Values, NotificationKey? Start, DateOnly? Day = null)
{
    // Sorts before every time of its day with a transaction id.
    private const string StartOfDay = "T00:00:00.000Z#";

    /// <summary>The keys of a query's result, in its order: one set, or one for each day.</summary>
    public static IEnumerable<QueryKeys> Of(NotificationQuery query, KeySpread spread)
    {
        var plan = QueryIndex.Of(query.By);
        var attribute = plan.AttributeOf(spread);
        if (!plan.HasKeysOfEachDay)
        {
            yield return new(plan.Index, attribute, plan.KeysOf(query.Value, spread), query.After);
            yield break;
        }

        foreach (var day in DaysOf(query))
        {
            var text = TextOf(day);
            yield return new(
                plan.Index,
                attribute,
                plan.KeysOf(SharedKey.OnDay(query.Value, text), spread),
                query.After is { } after && Timestamp.DayOf(after.SortKey) == text ? after : null,
                day
            );
        }
    }

    /// <summary>
    /// The position behind all items of the day, in the order of the result, for a page that ends with this day. No item has this key,
    /// because a transaction id is never empty.
    /// </summary>
    /// <exception cref="InvalidOperationException">The keys are not of one day.</exception>
    public NotificationKey EndOfDay(QueryOrder order)
    {
        var day = Day ?? throw new InvalidOperationException("the keys are not of one day");
        return new("-", TextOf(order is QueryOrder.Descending ? day : day.AddDays(1)) + StartOfDay);
    }

    /// <summary>The request that reads one of the keys from its start.</summary>
    public QueryRequest RequestOf(string table, NotificationQuery query, string value)
    {
        var names = new Dictionary<string, string> { ["#key"] = KeyName };
        var values = new Dictionary<string, AttributeValue> { [":key"] = new(value) };
        var (from, to) = (query.From, query.To);
        // ExclusiveStartKey alone gives the right page. The range is also narrowed to the cursor, because DynamoDB Local reads every item
        // from the bound of the range to the start key, so later pages would cost more.
        if (Start is { } at && query.Order is QueryOrder.Descending)
            to = at.SortKey;
        else if (Start is { } reached)
            from = reached.SortKey;

        // Sort keys are "time#id". Every key with a time sorts after the bare time, so the upper bound is exclusive.
        var condition = "#key = :key";
        if (from is not null || to is not null)
        {
            condition += " AND #moment BETWEEN :from AND :to";
            names["#moment"] = AttributeNames.CreatedAt;
            values[":from"] = new(from ?? "0"); // sorts before every time
            values[":to"] = new(to ?? ":"); // sorts after every digit, so after every time
        }

        var filters = new List<string>();
        if (Index is null)
        {
            filters.Add("attribute_not_exists(#deleted)"); // tombstones have no index keys, so they are only in the table itself
            names["#deleted"] = AttributeNames.DeletedAt;
        }

        if (query.Status is { } status)
            Equal(AttributeNames.Status, status.ToName());
        if (query.Channel is { } channel)
            Equal(AttributeNames.Channel, channel.ToName());

        return new()
        {
            ExclusiveStartKey = StartOf(value),
            TableName = table,
            IndexName = Index,
            KeyConditionExpression = condition,
            FilterExpression = filters.Count == 0 ? null : string.Join(" AND ", filters),
            ExpressionAttributeNames = names,
            ExpressionAttributeValues = values,
            ScanIndexForward = query.Order is QueryOrder.Ascending,
        };

        void Equal(string attribute, string expected)
        {
            filters.Add($"#{attribute} = :{attribute}");
            names[$"#{attribute}"] = attribute;
            values[$":{attribute}"] = new(expected);
        }
    }

    /// <summary>
    /// The end of the previous page as the start key for one of the keys. At most one key contains the item at that position. DynamoDB
    /// accepts a start key of an item that does not exist.
    /// </summary>
    private Dictionary<string, AttributeValue>? StartOf(string value)
    {
        if (Start is not { } place)
            return null;
        var start = NotificationItem.KeyOf(place);
        start[KeyName] = new(value);
        return start;
    }

    private static IEnumerable<DateOnly> DaysOf(NotificationQuery query)
    {
        var first = DateOnly.FromDateTime(Timestamp.Parse(query.From!).DateTime);
        var last = DateOnly.FromDateTime(Timestamp.Parse(query.To!).AddMilliseconds(-1).DateTime);
        if (query.After is { } after)
        {
            var day = DateOnly.Parse(Timestamp.DayOf(after.SortKey), CultureInfo.InvariantCulture);
            if (query.Order is QueryOrder.Ascending)
                first = day;
            else
                last = after.SortKey == TextOf(day) + StartOfDay ? day.AddDays(-1) : day;
        }

        for (var i = 0; i <= last.DayNumber - first.DayNumber; i++)
            yield return query.Order is QueryOrder.Descending ? last.AddDays(-i) : first.AddDays(i);
    }

    private static string TextOf(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
