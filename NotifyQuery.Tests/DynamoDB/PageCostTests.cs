using System.Collections.Concurrent;
using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Lambda.APIGatewayEvents;
using Amazon.Lambda.Serialization.SystemTextJson;
using Amazon.Runtime;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Lambdas;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>What a page costs on a real engine, by its own account (<c>ConsumedCapacity</c>).</summary>
public sealed class PageCostTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private const int LambdaLimit = 6_291_556;
    private static readonly DateTimeOffset Day = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly NotificationQuery Failed = new()
    {
        By = QueryKind.Status,
        Value = "FAILED",
        From = Timestamp.Format(Day),
        To = Timestamp.Format(Day.AddDays(31)),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_costs_the_same_in_a_small_and_a_large_table_at_the_start_and_deep_inside_and_never_scans()
    {
        using var small = await WatchedTable.CreateAsync(engine, Items(80, perDay: 40), keys: 1);
        using var large = await WatchedTable.CreateAsync(engine, Items(2400, perDay: 800), keys: 1);
        NotificationQuery[] queries =
        [
            new() { By = QueryKind.User, Value = "ann" },
            new() { By = QueryKind.Campaign, Value = "spring" },
            Failed,
            new()
            {
                By = QueryKind.User,
                Value = "ann",
                Status = NotificationStatus.Failed,
                Channel = Channel.Sms,
            }, // which all of them are
        ];

        foreach (var query in queries.SelectMany(q => (NotificationQuery[])[q, q with { Order = QueryOrder.Ascending }]))
        {
            var first = await small.ReadAsync(Within(query, 2));
            Assert.Equal(20, first.Page.Items.Count);
            Assert.Equal(1, first.Queries);
            Assert.Equal(21, first.Examined);
            foreach (var deep in (int[])[0, 400, 1500])
            {
                // Not at a border of two days, where a page takes from both.
                var position = query.Order is QueryOrder.Ascending ? deep + 10 : 2400 - deep - 10;
                var page = await large.ReadAsync(Within(query, 3) with { After = deep == 0 ? null : KeyOf(position, 800) });
                Assert.Equal(20, page.Page.Items.Count);
                Assert.Equal((first.Queries, first.Examined, first.Capacity), (page.Queries, page.Examined, page.Capacity));
            }
        }

        var transaction = new NotificationQuery
        {
            By = QueryKind.Transaction,
            Value = "tx-00030",
            Limit = NotificationQuery.MaximumLimit,
        };
        var (one, other) = (await small.ReadAsync(transaction), await large.ReadAsync(transaction));
        Assert.Equal((1, 1, one.Capacity), (other.Queries, other.Examined, other.Capacity));
        Assert.All(small.Requests.Concat(large.Requests), request => Assert.Equal("Query", request));

        // The days that hold something: an empty one costs a read.
        static NotificationQuery Within(NotificationQuery query, int days) =>
            query.By is QueryKind.Status ? query with { To = Timestamp.Format(Day.AddDays(days)) } : query;
    }

    /// <summary>
    /// Of spread keys, each page has other shares: so it costs a read of each key, and now and then of one once more. What a page costs
    /// says nothing of the size of the table, nor of how deep it lies.
    /// </summary>
    [Fact]
    public async Task A_page_of_spread_keys_costs_a_read_for_each_and_few_more_wherever_it_lies()
    {
        const int Keys = 16,
            First = 5; // items of each key for a page of 20
        using var small = await WatchedTable.CreateAsync(engine, Items(320, perDay: 320), Keys);
        using var large = await WatchedTable.CreateAsync(engine, Items(2400, perDay: 2400), Keys);
        NotificationQuery[] queries =
        [
            new() { By = QueryKind.Campaign, Value = "spring" },
            Failed with
            {
                To = Timestamp.Format(Day.AddDays(1)),
            },
            new()
            {
                By = QueryKind.Campaign,
                Value = "spring",
                Status = NotificationStatus.Failed,
                Channel = Channel.Sms,
            }, // which all of them are
        ];

        foreach (var query in queries.SelectMany(q => (NotificationQuery[])[q, q with { Order = QueryOrder.Ascending }]))
        {
            var early = new List<Reading>();
            var late = new List<Reading>();
            for (var page = 0; page < 15; page++)
            {
                early.Add(await ReadFullAsync(small, query, 20 * page));
                late.Add(await ReadFullAsync(large, query, 1500 + (20 * page)));
            }

            foreach (var readings in (List<Reading>[])[early, late])
            {
                Assert.All(readings, reading => Assert.InRange(reading.Queries, Keys, Keys + 4));
                Assert.All(readings, reading => Assert.InRange(reading.AtOnce, 2, DynamoDBNotificationReader.MaximumReadsAtOnce));
                Assert.True(readings.Average(r => r.Queries) <= Keys + 0.5, $"{readings.Average(r => r.Queries)} calls for a page");
                Assert.True(
                    readings.Average(r => r.Capacity) <= (Keys * 0.5) + 0.5,
                    $"{readings.Average(r => r.Capacity)} units for a page"
                );
                Assert.True(readings.Max(r => r.Examined) <= (Keys * First) + 21, $"{readings.Max(r => r.Examined)} items for a page");
            }
        }

        Assert.All(small.Requests.Concat(large.Requests), request => Assert.Equal("Query", request));

        static async Task<Reading> ReadFullAsync(WatchedTable table, NotificationQuery query, int behind)
        {
            var number = query.Order is QueryOrder.Ascending ? behind - 1 : table.Items - behind;
            var reading = await table.ReadAsync(query with { After = behind == 0 ? null : KeyOf(number, table.Items) });
            Assert.Equal(20, reading.Page.Items.Count);
            return reading;
        }
    }

    [Fact]
    public async Task Days_are_read_at_once_only_when_the_page_needs_them_and_never_more_than_four()
    {
        using var sparse = await WatchedTable.CreateAsync(engine, Items(31, perDay: 1), keys: 1);
        using var dense = await WatchedTable.CreateAsync(engine, Items(500, perDay: 50), keys: 1);

        foreach (var order in Enum.GetValues<QueryOrder>())
        {
            var all = await sparse.ReadAsync(Failed with { Order = order, Limit = 100 });
            Assert.Equal(31, all.Page.Items.Count);
            Assert.Equal(31, all.Queries);
            Assert.InRange(all.AtOnce, 2, 4);

            var filled = await dense.ReadAsync(Failed with { Order = order, To = Timestamp.Format(Day.AddDays(10)), Limit = 40 });
            Assert.Equal((1, 41), (filled.Queries, filled.Examined));

            var overTwoDays = await dense.ReadAsync(Failed with { Order = order, To = Timestamp.Format(Day.AddDays(10)), Limit = 60 });
            Assert.Equal(60, overTwoDays.Page.Items.Count);
            Assert.Equal(3, overTwoDays.Queries); // the first day alone, then two
            Assert.True(overTwoDays.Examined <= 4 * 61, $"{overTwoDays.Examined} items were examined");
        }
    }

    [Fact]
    public async Task Days_of_spread_keys_are_read_one_after_the_other_all_keys_of_a_day_at_once()
    {
        using var sparse = await WatchedTable.CreateAsync(engine, Items(31, perDay: 1), keys: 16);

        var all = await sparse.ReadAsync(Failed with { Limit = 100 });

        Assert.Equal(31, all.Page.Items.Count);
        Assert.Equal(31 * 16, all.Queries);
        Assert.InRange(all.AtOnce, 2, 16);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task A_filter_that_drops_nearly_all_reads_a_bounded_part_over_all_days_together(int keys)
    {
        // Only the last item of all is asked for.
        using var table = await WatchedTable.CreateAsync(engine, Items(3100, perDay: 100, channel: i => i == 0 ? "push" : "sms"), keys);
        var query = Failed with { Channel = Channel.Push, Limit = 1 };
        var (pages, found) = (0, 0);
        do
        {
            var reading = await table.ReadAsync(query);
            Assert.InRange(reading.Queries, 1, (31 + DynamoDBNotificationReader.MaximumContinuations) * keys);
            // Of few items each key reads two instead of its share.
            Assert.True(reading.Examined <= (keys == 1 ? 100 : 1000) * (query.Limit + 1), $"{reading.Examined} items were examined");
            Assert.True(pages == 0 || reading.Page.Next is null || reading.Page.Next != query.After);
            (pages, found) = (pages + 1, found + reading.Page.Items.Count);
            query = query with { After = reading.Page.Next };
        } while (query.After is not null);

        Assert.Equal(1, found);
        Assert.True(pages > 1);
    }

    [Theory]
    [InlineData('x', 7)]
    [InlineData('<', 1)] // six bytes as JSON, and seven in the answer of the Query function
    [InlineData('\\', 3)]
    public async Task A_page_ends_before_it_is_too_large_for_Lambda(char filling, int perPage)
    {
        var body = new string(filling, 400_000);
        using var table = await WatchedTable.CreateAsync(engine, Items(9, perDay: 3, body: body), keys: 16);
        var query = new NotificationQuery
        {
            By = QueryKind.User,
            Value = "ann",
            Limit = 100,
        };
        var ids = new List<string>();
        do
        {
            var page = (await table.ReadAsync(query)).Page;
            var answer = JsonSerializer.SerializeToUtf8Bytes(new(page), QueryResultJson.Default.QueryResultResponse);
            Assert.True(answer.Length < LambdaLimit);
            using var proxied = new MemoryStream();
            new SourceGeneratorLambdaJsonSerializer<LambdaJson>().Serialize(
                new APIGatewayHttpApiV2ProxyResponse { Body = System.Text.Encoding.UTF8.GetString(answer) },
                proxied
            );
            Assert.True(proxied.Length < LambdaLimit, $"the Query function would answer {proxied.Length} bytes");
            if (page.Next is not null)
                Assert.Equal(perPage, page.Items.Count);
            ids.AddRange(page.Items.Select(item => item.TransactionId));
            query = query with { After = page.Next };
        } while (query.After is not null);

        Assert.Equal(Enumerable.Range(0, 9).Select(i => $"tx-{i:D5}").Reverse(), ids);
    }

    private static NotificationKey KeyOf(int number, int perDay) => NotificationKey.Of("ann", MomentOf(number, perDay), $"tx-{number:D5}");

    private static string MomentOf(int number, int perDay) => Timestamp.Format(Day.AddDays(number / perDay).AddSeconds(number % perDay));

    private static CommandRecord CommandOf(int number, int perDay) =>
        new()
        {
            TransactionId = $"tx-{number:D5}",
            CreatedAt = MomentOf(number, perDay),
            UserId = "ann",
            Status = NotificationStatus.Failed,
            CampaignId = "spring",
        };

    /// <summary>Items of one user, campaign and status, so that each query finds all of them.</summary>
    private static Func<KeySpread, IEnumerable<Dictionary<string, AttributeValue>>> Items(
        int count,
        int perDay,
        Func<int, string>? channel = null,
        string body = "20% off"
    ) =>
        spread =>
            Enumerable
                .Range(0, count)
                .Select(i => new Dictionary<string, AttributeValue>
                {
                    [AttributeNames.UserId] = new("ann"),
                    [AttributeNames.CreatedAt] = new(KeyOf(i, perDay).SortKey),
                    [AttributeNames.TransactionId] = new($"tx-{i:D5}"),
                    [AttributeNames.SentAt] = new(MomentOf(i, perDay)),
                    [AttributeNames.Status] = new("FAILED"),
                    [AttributeNames.StatusKey] = new(spread.KeyOf(SharedKey.StatusOfDay, CommandOf(i, perDay))),
                    [AttributeNames.CampaignId] = new("spring"),
                    [AttributeNames.CampaignKey] = new(spread.KeyOf(SharedKey.Campaign, CommandOf(i, perDay))),
                    [AttributeNames.Channel] = new(channel?.Invoke(i) ?? "sms"),
                    [AttributeNames.Body] = new(body),
                });

    private sealed record Reading(NotificationPage Page, int Queries, int Examined, double Capacity, int AtOnce);

    /// <summary>A table of which every request of the reader is seen, with what it cost.</summary>
    private sealed class WatchedTable : IDisposable
    {
        private readonly LocalTables tables;
        private readonly Watch watch;

        private WatchedTable(LocalTables tables, Watch watch, int items) => (this.tables, this.watch, Items) = (tables, watch, items);

        public int Items { get; }

        public IEnumerable<string> Requests => watch.Requests;

        public static async Task<WatchedTable> CreateAsync(
            DynamoDbLocal engine,
            Func<KeySpread, IEnumerable<Dictionary<string, AttributeValue>>> of,
            int keys
        )
        {
            var tables = await LocalTables.CreateAsync(engine, Token, keys);
            var items = of(tables.Names.KeySpread).ToList();
            var size = items[0][AttributeNames.Body].S.Length > 1000 ? 1 : 25;
            await Parallel.ForEachAsync(
                items.Chunk(size),
                new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token },
                async (chunk, token) =>
                    Assert.Empty(
                        (
                            await tables.Client.BatchWriteItemAsync(
                                new BatchWriteItemRequest
                                {
                                    RequestItems = new()
                                    {
                                        [tables.Names.NotificationRecords] =
                                        [
                                            .. chunk.Select(item => new WriteRequest(new PutRequest(item))),
                                        ],
                                    },
                                },
                                token
                            )
                        ).UnprocessedItems
                            ?? []
                    )
            );
            return new(tables, new(engine, tables.Space), items.Count);
        }

        public async Task<Reading> ReadAsync(NotificationQuery query)
        {
            watch.Answers.Clear();
            var page = await new DynamoDBNotificationReader(watch, tables.Names).ReadAsync(query, Token);
            return new(
                page,
                watch.Answers.Count,
                watch.Answers.Sum(a => a.ScannedCount ?? 0),
                watch.Answers.Sum(a => a.ConsumedCapacity.CapacityUnits ?? 0),
                watch.AtOnce
            );
        }

        public void Dispose()
        {
            watch.Dispose();
            tables.Dispose();
        }
    }

    private sealed class Watch : AmazonDynamoDBClient
    {
        private int underWay;

        public Watch(DynamoDbLocal engine, AWSCredentials space)
            : base(space, new AmazonDynamoDBConfig { ServiceURL = engine.Endpoint.ToString(), AuthenticationRegion = "us-east-1" }) =>
            BeforeRequestEvent += (_, e) => Requests.Enqueue(((WebServiceRequestEventArgs)e).Headers["X-Amz-Target"].Split('.')[^1]);

        public ConcurrentQueue<string> Requests { get; } = new();

        public ConcurrentBag<QueryResponse> Answers { get; } = [];

        public int AtOnce { get; private set; }

        public override async Task<QueryResponse> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default)
        {
            request.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL;
            AtOnce = Math.Max(AtOnce, Interlocked.Increment(ref underWay));
            try
            {
                var answer = await base.QueryAsync(request, cancellationToken);
                Answers.Add(answer);
                return answer;
            }
            finally
            {
                Interlocked.Decrement(ref underWay);
            }
        }
    }
}
