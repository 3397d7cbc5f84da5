using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.DynamoDB.ReaderQueries;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>A campaign whose items are spread over several keys is read as if it had one.</summary>
public sealed class ReaderSpreadKeysTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Items_of_one_moment_come_by_the_bytes_of_their_ids_whichever_keys_they_are_spread_over()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        // In UTF-16 the last three come before U+FF61.
        string[] ids = ["a", "b", "b#1", "é", "日", "\uE000", "\uFF61", "\uFFFD", "\U00010000", "\U0001F600", "\U0010FFFF"];
        await tables.ApplyAsync(ids.Select(id => Put(Record(1, "ann", Noon) with { TransactionId = id, CampaignId = "spring" })), Token);
        var query = new NotificationQuery
        {
            By = QueryKind.Campaign,
            Value = "spring",
            Order = QueryOrder.Ascending,
        };

        foreach (var limit in (int[])[1, 2, 5, 11, 12])
        {
            Assert.Equal(
                ids,
                (await PagesAsync(tables, query with { Limit = limit })).SelectMany(page => page.Items).Select(item => item.TransactionId)
            );
            Assert.Equal(
                ids.Reverse(),
                (await PagesAsync(tables, query with { Limit = limit, Order = QueryOrder.Descending }))
                    .SelectMany(page => page.Items)
                    .Select(item => item.TransactionId)
            );
        }
    }

    [Fact]
    public async Task A_campaign_whose_items_all_have_one_key_is_read_in_full_pages_too_and_in_few_rounds()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var ids = Enumerable
            .Range(0, 10_000)
            .Select(number => $"tx-{number:D5}")
            .Where(id => tables.Names.KeySpread.NumberOf(id) == 3)
            .Take(150)
            .ToList();
        await tables.ApplyAsync(ids.Select((id, i) => Put(Record(i, "ann") with { TransactionId = id, CampaignId = "spring" })), Token);
        var reads = 0;
        tables.Client.BeforeRequestEvent += (_, _) => Interlocked.Increment(ref reads);

        var pages = await PagesAsync(
            tables,
            new()
            {
                By = QueryKind.Campaign,
                Value = "spring",
                Limit = 50,
                Order = QueryOrder.Ascending,
            }
        );

        Assert.Equal(ids, pages.SelectMany(page => page.Items).Select(item => item.TransactionId));
        Assert.Equal([50, 50, 50], pages.Select(page => page.Items.Count));
        Assert.InRange(reads, 3 * 16, 3 * (16 + 4));
    }

    [Fact]
    public async Task What_was_written_with_fewer_keys_is_found_with_more()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token, keys: 4);
        var ids = Enumerable.Range(0, 30).Select(number => $"tx-{number:D4}").ToList();
        await tables.ApplyAsync(ids.Select((_, i) => Put(Record(i, "ann") with { CampaignId = "spring" })), Token);
        var reader = new DynamoDBNotificationReader(tables.Client, tables.Names with { KeySpread = KeySpread.Over(16) });

        var page = await reader.ReadAsync(
            new()
            {
                By = QueryKind.Campaign,
                Value = "spring",
                Limit = 100,
                Order = QueryOrder.Ascending,
            },
            Token
        );

        Assert.Equal(ids, page.Items.Select(item => item.TransactionId));
    }
}
