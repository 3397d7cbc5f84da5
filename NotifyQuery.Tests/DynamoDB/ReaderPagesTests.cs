using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.DynamoDB.ReaderQueries;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>A result page by page: where each goes on, and how much is read for it.</summary>
public sealed class ReaderPagesTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Paging_with_any_limit_gives_every_item_once_in_order_and_every_page_is_full_but_the_last()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        const int count = 12;
        // Two in each millisecond, half of them removed ones in between, over three days.
        var records = Enumerable
            .Range(0, count)
            .Select(i =>
                Record(i, "ann", Noon.AddDays(i / 4).AddMilliseconds(i / 2)) with
                {
                    CampaignId = "spring",
                    Status = NotificationStatus.Sent,
                    TransactionId = $"tx-{i:D4}",
                }
            )
            .ToList();
        await tables.ApplyAsync(records.Select(Put), Token);
        await tables.ApplyAsync(
            records.Select(r => new ProjectionWrite.Tombstone(
                (r with { TransactionId = $"{r.TransactionId}-gone" }).Key,
                Change.Version(2),
                Noon
            )),
            Token
        );
        NotificationQuery[] queries =
        [
            OfAnn,
            OfAnn with
            {
                From = records[2].CreatedAt,
                To = records[10].CreatedAt,
            },
            OfAnn with
            {
                Status = NotificationStatus.Sent,
            },
            new() { By = QueryKind.Campaign, Value = "spring" },
            Status(NotificationStatus.Sent, Noon.AddDays(-2), Noon.AddDays(6)),
        ];

        foreach (var query in queries.SelectMany(q => (NotificationQuery[])[q, q with { Order = QueryOrder.Ascending }]))
        {
            var inWindow = records.Where(r =>
                string.CompareOrdinal(r.CreatedAt, query.From ?? "") >= 0
                && (query.To is null || string.CompareOrdinal(r.CreatedAt, query.To) < 0)
            );
            var expected = inWindow.Select(r => r.TransactionId).Order(StringComparer.Ordinal).ToList();
            if (query.Order is QueryOrder.Descending)
                expected.Reverse();
            foreach (var limit in (int[])[1, 2, 3, 4, 5, 8, count - 1, count, count + 1])
            {
                var pages = await PagesAsync(tables, query with { Limit = limit });

                Assert.Equal(expected, pages.SelectMany(page => page.Items).Select(item => item.TransactionId));
                Assert.All(pages.SkipLast(1), page => Assert.Equal(limit, page.Items.Count));
                Assert.Equal((expected.Count + limit - 1) / limit, pages.Count); // none is empty: the last page knows that it is the last
            }
        }
    }

    [Fact]
    public async Task A_page_goes_on_where_the_last_ended_also_when_its_last_item_is_gone_or_others_came()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var records = Enumerable.Range(0, 6).Select(i => Record(i, "ann") with { CampaignId = "spring" }).ToList();
        await tables.ApplyAsync(records.Select(Put), Token);
        NotificationQuery[] queries = [OfAnn, new() { By = QueryKind.Campaign, Value = "spring" }];
        var firstPages = await Task.WhenAll(
            queries.Select(q => tables.Reader.ReadAsync(q with { Limit = 3, Order = QueryOrder.Ascending }, Token))
        );

        await tables.ApplyAsync(
            [
                new ProjectionWrite.Tombstone(records[2].Key, Change.Version(2), Noon), // the last of the page
                Put(Record(1, "ann") with { TransactionId = "behind", CampaignId = "spring" }),
                Put(Record(4, "ann") with { TransactionId = "ahead", CampaignId = "spring" }),
            ],
            Token
        );

        for (var i = 0; i < queries.Length; i++)
        {
            Assert.Equal(["tx-0000", "tx-0001", "tx-0002"], firstPages[i].Items.Select(item => item.TransactionId));
            Assert.Equal(
                ["tx-0003", "ahead", "tx-0004", "tx-0005"],
                await IdsAsync(tables, queries[i] with { Order = QueryOrder.Ascending, After = firstPages[i].Next })
            );
        }
    }

    [Fact]
    public async Task A_filter_that_finds_next_to_nothing_reads_a_bounded_part_and_goes_on_by_cursor()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        const int count = 260;
        await tables.ApplyAsync(
            Enumerable.Range(0, count).Select(i => Put(Record(i, "ann") with { Channel = i == 7 ? Channel.Sms : Channel.Push })),
            Token
        );
        var reads = 0;
        tables.Client.BeforeRequestEvent += (_, _) => reads++;

        var pages = new List<NotificationPage>();
        var query = OfAnn with { Channel = Channel.Sms, Limit = 1 };
        do
        {
            var before = reads;
            pages.Add(await tables.Reader.ReadAsync(query, Token));
            Assert.InRange(reads - before, 1, 1 + DynamoDBNotificationReader.MaximumContinuations);
            query = query with { After = pages[^1].Next };
        } while (query.After is not null);

        Assert.Equal("tx-0007", Assert.Single(pages.SelectMany(page => page.Items)).TransactionId);
        Assert.True(pages.Count > 1, "all was read for one page");
        Assert.Empty(pages[0].Items);
    }

    [Fact]
    public async Task A_page_far_into_the_result_costs_what_the_first_one_costs()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        await tables.ApplyAsync(Enumerable.Range(0, 300).Select(i => Put(Record(i, "ann"))), Token);
        var reads = 0;
        tables.Client.BeforeRequestEvent += (_, _) => reads++;

        var pages = await PagesAsync(tables, OfAnn with { Limit = 20 });

        Assert.Equal(15, pages.Count);
        Assert.Equal(15, reads);
    }
}
