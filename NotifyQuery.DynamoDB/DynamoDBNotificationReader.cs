using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.DynamoDB;

/// <summary>
/// Answers queries from notification-records: by Query on the table or one of its indexes, from a key, never by Scan or by an offset.
/// A page of n costs O(n) whatever the table holds; filtered pages are filled by further reads, up to a bound.
/// </summary>
public sealed class DynamoDBNotificationReader(IAmazonDynamoDB client, TableNames tables) : INotificationReader
{
    private const int MaximumReads = 10; // of one partition, for one page: then the page ends early, with a cursor
    private const int MaximumItemsPerRead = 1000;

    /// <inheritdoc />
    public async Task<NotificationPage> ReadAsync(NotificationQuery query, CancellationToken cancellationToken)
    {
        try
        {
            var items = new List<Notification>();
            // One more than asked for, to know whether the page is the last.
            foreach (var partition in PartitionsOf(query))
            {
                var next = await ReadPartitionAsync(query, partition, items, cancellationToken).ConfigureAwait(false);
                if (next is not null) return new(items, next);
            }

            return new(items, null);
        }
        catch (Exception exception) when (DynamoDBFaults.IsTransient(exception, cancellationToken))
        {
            var failure = DynamoDBFaults.IsTimeout(exception) ? ReadFailure.Timeout : ReadFailure.Unavailable;
            throw new NotificationReadException(failure, $"{tables.NotificationRecords} could not be read: {exception.Message}", exception);
        }
    }

    /// <summary>The partitions that hold the result, in its order: one, but for a query by status, which has one for each day.</summary>
    private static IEnumerable<Partition> PartitionsOf(NotificationQuery query)
    {
        switch (query.By)
        {
            case QueryKind.User:
                yield return new(null, AttributeNames.UserId, query.Value);
                break;
            case QueryKind.Transaction:
                yield return new("transaction-index", AttributeNames.TransactionId, query.Value);
                break;
            case QueryKind.Campaign:
                yield return new("campaign-index", AttributeNames.CampaignId, query.Value);
                break;
            case QueryKind.Status:
                if (!WireNames.TryParse(query.Value, out NotificationStatus status)) throw new ArgumentException($"'{query.Value}' is not a status", nameof(query));
                var (first, last) = (DateOnly.FromDateTime(Timestamp.Parse(query.From!).DateTime), DateOnly.FromDateTime(Timestamp.Parse(query.To!).AddMilliseconds(-1).DateTime));
                if (query.After is { } after)
                {
                    var reached = DateOnly.Parse(Timestamp.DayOf(after.SortKey), CultureInfo.InvariantCulture);
                    if (query.Order is QueryOrder.Descending) last = reached;
                    else first = reached;
                }

                for (var i = 0; i <= last.DayNumber - first.DayNumber; i++)
                {
                    var day = query.Order is QueryOrder.Descending ? last.AddDays(-i) : first.AddDays(i);
                    yield return new("status-index", AttributeNames.StatusDay, StatusDay.Of(status, day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(query), query.By, "is not a kind of query");
        }
    }

    /// <summary>Adds a partition's items to the page. Returns where the next page begins if this one ends here; null to go on.</summary>
    private async Task<NotificationKey?> ReadPartitionAsync(
        NotificationQuery query, Partition partition, List<Notification> items, CancellationToken cancellationToken)
    {
        var request = RequestOf(query, partition);
        // Only the partition in which the last page ended has a start key: it must carry the partition's own key.
        if (query.After is { } after && IsIn(after)) request.ExclusiveStartKey = StartKey(after);

        for (var read = 1; ; read++)
        {
            // What a filter drops is made up by reading more each time.
            request.Limit = Math.Min(MaximumItemsPerRead, (query.Limit + 1 - items.Count) * (request.FilterExpression is null ? 1 : read));
            var response = await client.QueryAsync(request, cancellationToken).ConfigureAwait(false);
            foreach (var item in response.Items ?? [])
            {
                if (items.Count == query.Limit)
                {
                    var last = items[^1];
                    return NotificationKey.Of(last.UserId, last.CreatedAt, last.TransactionId);
                }

                items.Add(NotificationItem.Read(item));
            }

            if (response.LastEvaluatedKey is not { Count: > 0 } lastKey) return null;
            if (read == MaximumReads) return NotificationItem.ReadKey(lastKey);
            request.ExclusiveStartKey = lastKey;
        }

        bool IsIn(NotificationKey key) =>
            partition.KeyName != AttributeNames.StatusDay || partition.KeyValue.EndsWith(Timestamp.DayOf(key.SortKey), StringComparison.Ordinal);

        Dictionary<string, AttributeValue> StartKey(NotificationKey key)
        {
            var start = NotificationItem.KeyOf(key);
            start[partition.KeyName] = new(partition.KeyValue);
            return start;
        }
    }

    private QueryRequest RequestOf(NotificationQuery query, Partition partition)
    {
        var names = new Dictionary<string, string> { ["#key"] = partition.KeyName };
        var values = new Dictionary<string, AttributeValue> { [":key"] = new(partition.KeyValue) };

        // Sort keys are "moment#id": every one of a moment lies after the bare moment, so that the upper bound is exclusive.
        var condition = "#key = :key";
        if (query.From is not null || query.To is not null)
        {
            condition += " AND #created_at BETWEEN :from AND :to";
            names["#created_at"] = AttributeNames.CreatedAt;
            values[":from"] = new(query.From ?? "0"); // before every moment
            values[":to"] = new(query.To ?? ":"); // behind every digit, hence every moment
        }

        var filters = new List<string>();
        if (partition.Index is null)
        {
            filters.Add("attribute_not_exists(#deleted_at)"); // tombstones have no index keys: only the table itself holds them
            names["#deleted_at"] = AttributeNames.DeletedAt;
        }

        if (query.Status is { } status) Equal(AttributeNames.Status, status.ToName());
        if (query.Channel is { } channel) Equal(AttributeNames.Channel, channel.ToName());

        return new()
        {
            TableName = tables.NotificationRecords,
            IndexName = partition.Index,
            KeyConditionExpression = condition,
            FilterExpression = filters.Count == 0 ? null : string.Join(" AND ", filters),
            ExpressionAttributeNames = names,
            ExpressionAttributeValues = values,
            ScanIndexForward = query.Order is QueryOrder.Ascending,
        };

        void Equal(string attribute, string value)
        {
            filters.Add($"#{attribute} = :{attribute}");
            names[$"#{attribute}"] = attribute;
            values[$":{attribute}"] = new(value);
        }
    }

    private readonly record struct Partition(string? Index, string KeyName, string KeyValue);
}
