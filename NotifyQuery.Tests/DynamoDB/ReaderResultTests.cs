using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.DynamoDB.ReaderQueries;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>What each kind of query finds, and what it leaves out.</summary>
public sealed class ReaderResultTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_item_that_is_no_notification_is_left_out_and_hides_none_of_the_others()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        for (var i = 1; i <= 5; i++)
            await tables.ApplyAsync(
                [
                    Put(
                        new()
                        {
                            TransactionId = $"tx-{i}",
                            CreatedAt = $"2026-11-22T12:00:0{i}.000Z",
                            UserId = "ann",
                        }
                    ),
                ],
                Token
            );
        foreach (
            var (sortKey, transactionId) in ((string, Amazon.DynamoDBv2.Model.AttributeValue?)[])
                [("2026-11-22T12:00:03.500Z#odd", null), ("2026-11-22T12:00:04.500Z#odd", new() { N = "7" })]
        )
        {
            var item = new Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>
            {
                ["user_id"] = new("ann"),
                ["created_at"] = new(sortKey),
                ["sent_at"] = new("x"),
            };
            if (transactionId is not null)
                item["device"] = transactionId;
            await tables.Client.PutItemAsync("notification-records", item, Token);
        }

        var (seen, query) = (new List<string>(), OfAnn with { Limit = 2 });
        do
        {
            var page = await tables.Reader.ReadAsync(query, Token);
            seen.AddRange(page.Items.Select(item => item.TransactionId));
            query = query with { After = page.Next };
        } while (query.After is not null);

        Assert.Equal(["tx-5", "tx-4", "tx-3", "tx-2", "tx-1"], seen);
    }

    [Fact]
    public async Task A_page_of_nothing_but_what_is_no_notification_does_not_pass_for_an_empty_one()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        await tables.Client.PutItemAsync("notification-records", new() { ["user_id"] = new("ann"), ["created_at"] = new("x") }, Token);

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => tables.Reader.ReadAsync(OfAnn, Token));

        Assert.Equal(ReadFailure.InvalidAnswer, exception.Failure);
        Assert.Contains("reconcile --repair", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_notification_is_answered_with_all_that_its_command_had()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var complete = new CommandRecord
        {
            TransactionId = "tx#1",
            CreatedAt = "2026-11-22T12:00:00.000Z",
            UserId = "ann",
            Channel = Channel.InApp,
            Status = NotificationStatus.Failed,
            CampaignId = "spring",
            Title = "title",
            Body = "body",
            ErrorMessage = "mailbox full",
            UpdatedAt = "2026-11-22T12:00:01.000Z",
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        };
        var bare = new CommandRecord
        {
            TransactionId = "tx-2",
            CreatedAt = "2026-11-22T12:00:00.000Z",
            UserId = "bob",
        };
        await tables.ApplyAsync([Put(complete), Put(bare)], Token);

        var ofAnn = await tables.Reader.ReadAsync(OfAnn, Token);
        var ofBob = await tables.Reader.ReadAsync(OfAnn with { Value = "bob" }, Token);

        Assert.Equal(
            new Notification
            {
                TransactionId = "tx#1",
                UserId = "ann",
                CreatedAt = "2026-11-22T12:00:00.000Z",
                Channel = "in_app",
                Status = "FAILED",
                CampaignId = "spring",
                Title = "title",
                Body = "body",
                ErrorMessage = "mailbox full",
                UpdatedAt = "2026-11-22T12:00:01.000Z",
            },
            Assert.Single(ofAnn.Items)
        );
        Assert.Equal(
            new Notification
            {
                TransactionId = "tx-2",
                UserId = "bob",
                CreatedAt = "2026-11-22T12:00:00.000Z",
            },
            Assert.Single(ofBob.Items)
        );
    }

    [Fact]
    public async Task Each_kind_of_query_finds_its_own_and_nothing_else()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        await tables.ApplyAsync(
            [
                Put(Record(1, "ann") with { CampaignId = "spring", Status = NotificationStatus.Failed }),
                Put(Record(2, "ann") with { CampaignId = "summer", Status = NotificationStatus.Sent }),
                Put(Record(3, "bob") with { CampaignId = "spring", Status = NotificationStatus.Sent }),
                Put(Record(4, "bob") with { Status = NotificationStatus.Failed }),
                Put(Record(5, "anna")),
            ],
            Token
        );

        Assert.Equal(["tx-0002", "tx-0001"], await IdsAsync(tables, OfAnn));
        Assert.Equal(["tx-0003"], await IdsAsync(tables, new() { By = QueryKind.Transaction, Value = "tx-0003" }));
        Assert.Equal(["tx-0003", "tx-0001"], await IdsAsync(tables, new() { By = QueryKind.Campaign, Value = "spring" }));
        Assert.Equal(["tx-0004", "tx-0001"], await IdsAsync(tables, Status(NotificationStatus.Failed, Noon, Noon.AddDays(1))));
        Assert.Empty(await IdsAsync(tables, OfAnn with { Value = "nobody" }));
        Assert.Empty(await IdsAsync(tables, new() { By = QueryKind.Transaction, Value = "tx-9999" }));
    }

    [Fact]
    public async Task All_records_that_share_a_transaction_id_are_answered()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        await tables.ApplyAsync(
            [Put(Record(1, "ann") with { TransactionId = "tx" }), Put(Record(2, "bob") with { TransactionId = "tx" })],
            Token
        );

        var page = await tables.Reader.ReadAsync(
            new()
            {
                By = QueryKind.Transaction,
                Value = "tx",
                Limit = 100,
            },
            Token
        );

        Assert.Equal(["bob", "ann"], page.Items.Select(i => i.UserId));
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task What_was_removed_is_seen_by_no_query()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var record = Record(1, "ann") with { CampaignId = "spring", Status = NotificationStatus.Failed };
        await tables.ApplyAsync([Put(record)], Token);
        await tables.ApplyAsync([new ProjectionWrite.Tombstone(record.Key, Change.Version(2), Noon)], Token);
        NotificationQuery[] queries =
        [
            OfAnn,
            OfAnn with
            {
                From = record.CreatedAt,
            },
            OfAnn with
            {
                Status = NotificationStatus.Failed,
            },
            new() { By = QueryKind.Transaction, Value = record.TransactionId },
            new() { By = QueryKind.Campaign, Value = "spring" },
            Status(NotificationStatus.Failed, Noon, Noon.AddDays(1)),
        ];

        Assert.NotNull(await tables.FindAsync(record.Key, Token));
        foreach (var query in queries)
        {
            var page = await tables.Reader.ReadAsync(query, Token);
            Assert.Empty(page.Items);
            Assert.Null(page.Next);
        }
    }
}
