using System.Net;
using Amazon.DynamoDBv2;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

public sealed class DynamoDBNotificationReaderTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private static readonly NotificationQuery OfAnn = new()
    {
        By = QueryKind.User,
        Value = "ann",
        Limit = 100,
    };

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

    [Fact]
    public async Task An_engine_that_cannot_be_reached_or_hangs_up_is_unavailable()
    {
        await using var hangingUp = ScriptedEngine.HangingUp();
        using var rude = hangingUp.Client();
        using var nothing = ScriptedEngine.ClientOfNothing();

        foreach (var client in (AmazonDynamoDBClient[])[rude, nothing])
        {
            var exception = await Assert.ThrowsAsync<NotificationReadException>(() =>
                new DynamoDBNotificationReader(client, new()).ReadAsync(OfAnn, Token)
            );
            Assert.Equal(ReadFailure.Unavailable, exception.Failure);
            Assert.StartsWith("notification-records could not be read: ", exception.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("ann", exception.Message, StringComparison.Ordinal);
            Assert.NotNull(exception.InnerException);
        }
    }

    [Fact]
    public async Task An_engine_that_does_not_answer_in_time_is_a_timeout()
    {
        await using var silent = ScriptedEngine.Silent();
        using var client = silent.Client();

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() =>
            new DynamoDBNotificationReader(client, new()).ReadAsync(OfAnn, Token)
        );

        Assert.Equal(ReadFailure.Timeout, exception.Failure);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, "ProvisionedThroughputExceededException")]
    [InlineData(HttpStatusCode.BadRequest, "ThrottlingException")]
    [InlineData(HttpStatusCode.InternalServerError, "InternalServerError")]
    public async Task A_throttled_or_faulty_engine_is_unavailable(HttpStatusCode status, string errorCode)
    {
        await using var failing = ScriptedEngine.Failing(status, errorCode);
        using var client = failing.Client();

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() =>
            new DynamoDBNotificationReader(client, new()).ReadAsync(OfAnn, Token)
        );

        Assert.Equal(ReadFailure.Unavailable, exception.Failure);
    }

    [Theory]
    [InlineData("AccessDeniedException")]
    [InlineData("ResourceNotFoundException")]
    [InlineData("ValidationException")]
    public async Task What_does_not_pass_by_itself_is_not_called_unavailable(string errorCode)
    {
        await using var failing = ScriptedEngine.Failing(HttpStatusCode.BadRequest, errorCode);
        using var client = failing.Client();

        var exception = await Assert.ThrowsAnyAsync<AmazonDynamoDBException>(() =>
            new DynamoDBNotificationReader(client, new()).ReadAsync(OfAnn, Token)
        );
        Assert.Equal(errorCode, exception.ErrorCode);
    }

    [Fact]
    public async Task A_caller_that_cancels_gets_the_cancellation()
    {
        await using var silent = ScriptedEngine.Silent();
        using var client = silent.Client();
        using var giveUp = new CancellationTokenSource();
        var reading = new DynamoDBNotificationReader(client, new()).ReadAsync(OfAnn, giveUp.Token);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    /// <summary>A command whose moments grow with its number.</summary>
    private static CommandRecord Record(int number, string user, DateTimeOffset? createdAt = null) =>
        new()
        {
            TransactionId = $"tx-{number:D4}",
            CreatedAt = Timestamp.Format(createdAt ?? Noon.AddMinutes(number)),
            UserId = user,
        };

    private static NotificationQuery Status(NotificationStatus status, DateTimeOffset from, DateTimeOffset to) =>
        new()
        {
            By = QueryKind.Status,
            Value = status.ToName(),
            From = Timestamp.Format(from),
            To = Timestamp.Format(to),
        };

    private static ProjectionWrite.Put Put(CommandRecord record) => new(record, Change.Version(1));

    private static async Task<IEnumerable<string>> IdsAsync(LocalTables tables, NotificationQuery query)
    {
        var page = await tables.Reader.ReadAsync(query, Token);
        Assert.Null(page.Next);
        return page.Items.Select(item => item.TransactionId);
    }

    private static async Task<List<NotificationPage>> PagesAsync(LocalTables tables, NotificationQuery query)
    {
        var pages = new List<NotificationPage> { await tables.Reader.ReadAsync(query, Token) };
        while (pages[^1].Next is { } next)
            pages.Add(await tables.Reader.ReadAsync(query with { After = next }, Token));
        return pages;
    }
}
