using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.DynamoDB.UniformItems;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>What a page costs on a real engine, by its own account (<c>ConsumedCapacity</c>).</summary>
public sealed class PageCostTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
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
}
