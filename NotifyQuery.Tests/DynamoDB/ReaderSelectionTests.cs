using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.DynamoDB.ReaderQueries;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>The window of a query, its filters, and the order of what it finds.</summary>
public sealed class ReaderSelectionTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task From_is_inclusive_and_to_is_exclusive_to_the_millisecond_for_every_kind()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        await tables.ApplyAsync(
            Enumerable
                .Range(0, 6)
                .Select(i =>
                    Put(Record(i, "ann", Noon.AddMilliseconds(i)) with { CampaignId = "spring", Status = NotificationStatus.Failed })
                ),
            Token
        );
        var (from, to) = (Timestamp.Format(Noon.AddMilliseconds(2)), Timestamp.Format(Noon.AddMilliseconds(4)));
        NotificationQuery[] queries =
        [
            OfAnn,
            new() { By = QueryKind.Campaign, Value = "spring" },
            new() { By = QueryKind.Status, Value = "FAILED" },
        ];

        foreach (var query in queries)
        {
            Assert.Equal(["tx-0003", "tx-0002"], await IdsAsync(tables, query with { From = from, To = to }));
            if (query.By is QueryKind.Status)
                continue; // has both
            Assert.Equal(["tx-0005", "tx-0004", "tx-0003", "tx-0002"], await IdsAsync(tables, query with { From = from }));
            Assert.Equal(["tx-0003", "tx-0002", "tx-0001", "tx-0000"], await IdsAsync(tables, query with { To = to }));
        }
    }

    [Fact]
    public async Task A_window_open_at_one_end_reaches_to_the_first_and_the_last_moment_there_is()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        await tables.ApplyAsync([Put(Record(1, "ann", DateTimeOffset.MinValue)), Put(Record(2, "ann", DateTimeOffset.MaxValue))], Token);

        Assert.Equal(["tx-0002"], await IdsAsync(tables, OfAnn with { From = Timestamp.Format(Noon) }));
        Assert.Equal(["tx-0001"], await IdsAsync(tables, OfAnn with { To = Timestamp.Format(Noon) }));
    }

    [Fact]
    public async Task Items_come_in_the_order_of_their_moments_either_way_and_those_of_one_moment_by_their_id()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        await tables.ApplyAsync(
            [
                Put(Record(3, "ann", Noon)),
                Put(Record(1, "ann", Noon)),
                Put(Record(2, "ann", Noon.AddMilliseconds(-1))),
                Put(Record(0, "ann", Noon.AddDays(30))),
            ],
            Token
        );

        Assert.Equal(["tx-0000", "tx-0003", "tx-0001", "tx-0002"], await IdsAsync(tables, OfAnn));
        Assert.Equal(["tx-0002", "tx-0001", "tx-0003", "tx-0000"], await IdsAsync(tables, OfAnn with { Order = QueryOrder.Ascending }));
    }

    [Fact]
    public async Task Status_and_channel_filter_alone_and_together()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        await tables.ApplyAsync(
            [
                Put(Record(1, "ann") with { CampaignId = "spring", Status = NotificationStatus.Sent, Channel = Channel.Sms }),
                Put(Record(2, "ann") with { CampaignId = "spring", Status = NotificationStatus.Sent, Channel = Channel.Push }),
                Put(Record(3, "ann") with { CampaignId = "spring", Status = NotificationStatus.Read, Channel = Channel.Sms }),
                Put(Record(4, "ann") with { CampaignId = "spring" }),
            ],
            Token
        );

        foreach (var query in (NotificationQuery[])[OfAnn, new() { By = QueryKind.Campaign, Value = "spring" }])
        {
            Assert.Equal(["tx-0002", "tx-0001"], await IdsAsync(tables, query with { Status = NotificationStatus.Sent }));
            Assert.Equal(["tx-0003", "tx-0001"], await IdsAsync(tables, query with { Channel = Channel.Sms }));
            Assert.Equal(["tx-0001"], await IdsAsync(tables, query with { Status = NotificationStatus.Sent, Channel = Channel.Sms }));
            Assert.Empty(await IdsAsync(tables, query with { Status = NotificationStatus.Failed }));
        }

        Assert.Equal(
            ["tx-0001"],
            await IdsAsync(tables, Status(NotificationStatus.Sent, Noon, Noon.AddDays(1)) with { Channel = Channel.Sms })
        );
    }

    [Fact]
    public async Task A_status_query_goes_through_its_days_in_order_and_stops_at_its_bounds_within_the_first_and_last()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        // Every eight hours, from the first of the month at 00:00 on.
        var first = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
        var records = Enumerable
            .Range(0, 30)
            .Select(i => Record(i, $"user-{i % 3}", first.AddHours(8 * i)) with { Status = NotificationStatus.Failed })
            .ToList();
        await tables.ApplyAsync(records.Select(Put), Token);
        var query = Status(NotificationStatus.Failed, first.AddHours(8 * 4), first.AddHours(8 * 24));

        foreach (var order in Enum.GetValues<QueryOrder>())
        {
            var expected = records.Skip(4).Take(20).Select(r => r.TransactionId);
            if (order is QueryOrder.Descending)
                expected = expected.Reverse();
            foreach (var limit in (int[])[1, 2, 3, 7, 20, 100])
                Assert.Equal(
                    expected,
                    (await PagesAsync(tables, query with { Order = order, Limit = limit }))
                        .SelectMany(p => p.Items)
                        .Select(i => i.TransactionId)
                );
        }
    }

    [Fact]
    public async Task A_day_on_which_nothing_failed_does_not_end_a_status_query()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var (early, late) = (
            Record(1, "ann", Noon.AddDays(-30)) with
            {
                Status = NotificationStatus.Failed,
            },
            Record(2, "bob", Noon) with
            {
                Status = NotificationStatus.Failed,
            }
        );
        await tables.ApplyAsync([Put(early), Put(late)], Token);

        var pages = await PagesAsync(tables, Status(NotificationStatus.Failed, Noon.AddDays(-30), Noon.AddDays(1)) with { Limit = 1 });

        Assert.Equal(["tx-0002", "tx-0001"], pages.SelectMany(p => p.Items).Select(i => i.TransactionId));
    }
}
