using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using Polly;
using Polly.Timeout;

namespace NotifyQuery.DynamoDB;

/// <summary>
/// Answers queries from notification-records: by Query on the table or one of its indexes, from a key, never by Scan or by an offset.
/// A page of n costs O(n) whatever the table holds: what is read for it is bounded, also when a filter drops nearly all.
/// </summary>
/// <param name="client">The engine.</param>
/// <param name="tables">The tables.</param>
/// <param name="attemptLimit">How long one read waits for its answer, before it is made a second and last time; null for the client's own limit.</param>
/// <param name="time">The clock.</param>
public sealed class DynamoDBNotificationReader(
    IAmazonDynamoDB client, TableNames tables, TimeSpan? attemptLimit = null, TimeProvider? time = null) : INotificationReader
{
    /// <summary>How many reads, behind the first of each partition, one page may take: then it ends early, with a cursor.</summary>
    public const int MaximumContinuations = 10;

    /// <summary>How many partitions are read at once: as many are read ahead, less one, as a page may not need.</summary>
    public const int MaximumReadsAtOnce = 4;

    private const int MaximumItemsPerRead = 1000;

    // A throttled or refused read is tried again by the SDK; what it does not mend is an answer that never comes.
    private readonly ResiliencePipeline patience = attemptLimit is not { } limit
        ? ResiliencePipeline.Empty
        : new ResiliencePipelineBuilder { TimeProvider = time ?? TimeProvider.System }
            .AddRetry(new()
            {
                ShouldHandle = new PredicateBuilder().Handle<TimeoutRejectedException>(),
                MaxRetryAttempts = 1,
                Delay = TimeSpan.Zero,
            })
            .AddTimeout(limit)
            .Build();

    /// <inheritdoc />
    public async Task<NotificationPage> ReadAsync(NotificationQuery query, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadPageAsync(query, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutRejectedException exception)
        {
            throw new NotificationReadException(ReadFailure.Timeout, $"{tables.NotificationRecords} could not be read: no answer in time", exception);
        }
        catch (Exception exception) when (DynamoDBFaults.IsTransient(exception, cancellationToken))
        {
            var failure = DynamoDBFaults.IsTimeout(exception) ? ReadFailure.Timeout : ReadFailure.Unavailable;
            throw new NotificationReadException(failure, $"{tables.NotificationRecords} could not be read: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Takes the partitions one after another. The first is read alone, because it may fill the page; when it does not, two are read at
    /// once, and then four.
    /// </summary>
    private async Task<NotificationPage> ReadPageAsync(NotificationQuery query, CancellationToken cancellationToken)
    {
        var page = new PageInTheMaking(query.Limit);
        var partitions = PartitionsOf(query).Select(partition => new PartitionRead(RequestOf(query, partition))).ToList();
        var (atOnce, continuations, unreadable) = (1, 0, 0);
        for (var i = 0; i < partitions.Count; i++)
        {
            var partition = partitions[i];
            if (partition.Response is null)
            {
                await ReadAsync(partitions.Skip(i).Take(atOnce), page.Missing, cancellationToken).ConfigureAwait(false);
                atOnce = Math.Min(atOnce * 2, MaximumReadsAtOnce);
            }

            while (true)
            {
                foreach (var item in partition.Response!.Items ?? [])
                {
                    if (NotificationItem.TryRead(item) is not { } notification) unreadable++;
                    else if (!page.TryAdd(notification)) return Complete(page.EndingAtItsLastItem());
                }

                if (partition.Response.LastEvaluatedKey is not { Count: > 0 } last) break;
                if (continuations++ == MaximumContinuations) return Complete(page.EndingAt(NotificationItem.ReadKey(last)));
                partition.Request.ExclusiveStartKey = last;
                // What a filter drops is made up by reading more each time.
                var items = page.Missing * (partition.Request.FilterExpression is null ? 1 : continuations + 1);
                await ReadAsync([partition], items, cancellationToken).ConfigureAwait(false);
            }
        }

        return Complete(page.Last());

        // One item that is none must not hide the others; a page of nothing else would pass for an empty one.
        NotificationPage Complete(NotificationPage read)
        {
            if (unreadable == 0) return read;
            Telemetry.UnreadableItems.Add(unreadable);
            return read.Items.Count > 0 ? read : throw new NotificationReadException(ReadFailure.InvalidAnswer,
                $"{tables.NotificationRecords} holds {unreadable} items in the place of this page that are no notifications: reconcile --repair replaces them");
        }
    }

    /// <summary>Reads partitions at once. If one of them fails, the others are given up, and none is left behind.</summary>
    private Task ReadAsync(IEnumerable<PartitionRead> partitions, int items, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            partitions,
            new ParallelOptions { MaxDegreeOfParallelism = MaximumReadsAtOnce, CancellationToken = cancellationToken },
            async (partition, token) =>
            {
                partition.Request.Limit = Math.Min(MaximumItemsPerRead, items);
                partition.Response = await patience.ExecuteAsync(
                    async attempt => await client.QueryAsync(partition.Request, attempt).ConfigureAwait(false), token).ConfigureAwait(false);
            });

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

    private QueryRequest RequestOf(NotificationQuery query, Partition partition)
    {
        var names = new Dictionary<string, string> { ["#key"] = partition.KeyName };
        var values = new Dictionary<string, AttributeValue> { [":key"] = new(partition.KeyValue) };

        // Only the partition in which the last page ended has a start key: it must carry the partition's own key.
        NotificationKey? start = query.After is { } after && IsIn(after) ? after : null;
        var (from, to) = (query.From, query.To);
        // The bound leaves out nothing that the start key does not; but DynamoDB Local walks from the bound to the start key item by item,
        // so that a page would cost the more the deeper it lies.
        if (start is not null && query.Order is QueryOrder.Descending) to = start.Value.SortKey;
        else if (start is not null) from = start.Value.SortKey;

        // Sort keys are "moment#id": every one of a moment lies after the bare moment, so that the upper bound is exclusive.
        var condition = "#key = :key";
        if (from is not null || to is not null)
        {
            condition += " AND #created_at BETWEEN :from AND :to";
            names["#created_at"] = AttributeNames.CreatedAt;
            values[":from"] = new(from ?? "0"); // before every moment
            values[":to"] = new(to ?? ":"); // behind every digit, hence every moment
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
            ExclusiveStartKey = start is null ? null : StartKey(start.Value),
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

        bool IsIn(NotificationKey key) =>
            partition.KeyName != AttributeNames.StatusDay || partition.KeyValue.EndsWith(Timestamp.DayOf(key.SortKey), StringComparison.Ordinal);

        Dictionary<string, AttributeValue> StartKey(NotificationKey key)
        {
            var start = NotificationItem.KeyOf(key);
            start[partition.KeyName] = new(partition.KeyValue);
            return start;
        }
    }

    private readonly record struct Partition(string? Index, string KeyName, string KeyValue);

    /// <summary>A partition on its way: what is asked next, and what was answered last.</summary>
    private sealed class PartitionRead(QueryRequest request)
    {
        public QueryRequest Request { get; } = request;

        public QueryResponse? Response { get; set; }
    }
}
