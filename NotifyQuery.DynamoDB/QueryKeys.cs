using System.Globalization;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.DynamoDB;

/// <summary>
/// Keys of which each holds a part of the result, all from the same time: they are read side by side, and merged.
/// </summary>
/// <param name="Index">The index; null for the table itself.</param>
/// <param name="KeyName">The attribute that is the key.</param>
/// <param name="Values">The keys: one, or as many as the table's shared keys are spread over.</param>
/// <param name="Start">The item behind which each of them begins; null for the beginning.</param>
public sealed record QueryKeys(string? Index, string KeyName, IReadOnlyList<string> Values, NotificationKey? Start)
{
    /// <summary>Where a query's result stands, in its order: in one place, or in one of each day.</summary>
    public static IEnumerable<QueryKeys> Of(NotificationQuery query, KeySpread spread)
    {
        var plan = IndexPlan.Of(query.By);
        var attribute = plan.AttributeOf(spread);
        if (!plan.HasKeysOfEachDay)
        {
            yield return new(plan.Index, attribute, plan.KeysOf(query.Value, spread), query.After);
            yield break;
        }

        var reached = query.After is { } after ? Timestamp.DayOf(after.SortKey) : null;
        foreach (var day in DaysOf(query, reached))
            yield return new(
                plan.Index,
                attribute,
                plan.KeysOf(SharedKey.OnDay(query.Value, day), spread),
                day == reached ? query.After : null
            );
    }

    /// <summary>The request that reads one of the keys from where it begins.</summary>
    public QueryRequest RequestOf(string table, NotificationQuery query, string value)
    {
        var names = new Dictionary<string, string> { ["#key"] = KeyName };
        var values = new Dictionary<string, AttributeValue> { [":key"] = new(value) };
        var (from, to) = (query.From, query.To);
        // The bound leaves out nothing that the start key does not; but DynamoDB Local walks from the bound to the start key item by item,
        // so that a page would cost the more the deeper it lies.
        if (Start is { } at && query.Order is QueryOrder.Descending)
            to = at.SortKey;
        else if (Start is { } reached)
            from = reached.SortKey;

        // Sort keys are "moment#id": every one of a moment lies after the bare moment, so that the upper bound is exclusive.
        var condition = "#key = :key";
        if (from is not null || to is not null)
        {
            condition += " AND #moment BETWEEN :from AND :to";
            names["#moment"] = AttributeNames.CreatedAt;
            values[":from"] = new(from ?? "0"); // before every moment
            values[":to"] = new(to ?? ":"); // behind every digit, hence every moment
        }

        var filters = new List<string>();
        if (Index is null)
        {
            filters.Add("attribute_not_exists(#deleted)"); // tombstones have no index keys: only the table itself holds them
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
    /// The place where the page before ended, as a place in one of the keys. Only one of them can hold the item itself, if it is still
    /// there: to the engine a start key is a place, not an item.
    /// </summary>
    private Dictionary<string, AttributeValue>? StartOf(string value)
    {
        if (Start is not { } place)
            return null;
        var start = NotificationItem.KeyOf(place);
        start[KeyName] = new(value);
        return start;
    }

    private static IEnumerable<string> DaysOf(NotificationQuery query, string? reached)
    {
        var first = DateOnly.FromDateTime(Timestamp.Parse(query.From!).DateTime);
        var last = DateOnly.FromDateTime(Timestamp.Parse(query.To!).AddMilliseconds(-1).DateTime);
        if (reached is not null)
        {
            var day = DateOnly.Parse(reached, CultureInfo.InvariantCulture);
            if (query.Order is QueryOrder.Descending)
                last = day;
            else
                first = day;
        }

        for (var i = 0; i <= last.DayNumber - first.DayNumber; i++)
        {
            var day = query.Order is QueryOrder.Descending ? last.AddDays(-i) : first.AddDays(i);
            yield return day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        }
    }
}
