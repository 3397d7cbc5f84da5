using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.Support;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>What is read for an operator comes in pages of 1 MB: all of them are read, also behind one that a filter left empty.</summary>
public sealed class ManyPagesTests
{
    private const string Moment = "2026-11-22T08:15:30.123Z";

    private readonly FakeTimeProvider time = FakeTime.New();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_dead_letters_of_a_day_are_listed_however_many_pages_they_take()
    {
        var (today, yesterday) = (Day(0), Day(-1));
        using var client = Paged(
            new()
            {
                [today] =
                [
                    [Letter(today, "e"), Letter(today, "d")],
                    [],
                    [Letter(today, "c")],
                ],
                [yesterday] =
                [
                    [],
                    [Letter(yesterday, "b")],
                    [Letter(yesterday, "a")],
                ],
            }
        );

        var listed = new List<string>();
        await foreach (var letter in new FailureLog(client, new(), time).ListAsync(2, withResolved: false, Token))
            listed.Add(letter.Id);

        Assert.Equal([$"{today}#e", $"{today}#d", $"{today}#c", $"{yesterday}#b", $"{yesterday}#a"], listed);
    }

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(2, 1, true)]
    [InlineData(1, 2, true)]
    [InlineData(3, 3, true)]
    public async Task Dead_letters_of_one_page_of_each_day_are_counted_and_the_report_says_that_there_may_be_more(
        int pagesOfToday,
        int pagesOfYesterday,
        bool more
    )
    {
        using var client = Paged(
            new()
            {
                [Day(0)] = [.. Enumerable.Range(0, pagesOfToday).Select(_ => (Item[])[Letter(Day(0), "b"), Letter(Day(0), "a")])],
                [Day(-1)] = [.. Enumerable.Range(0, pagesOfYesterday).Select(_ => (Item[])[Letter(Day(-1), "c")])],
            }
        );

        Assert.Equal((3, more), await new FailureLog(client, new(), time).CountUnsettledAsync(Token));
    }

    [Fact]
    public async Task A_place_that_a_command_left_behind_is_cleared_also_when_it_stands_on_a_later_page_of_the_index()
    {
        // The command is bob's now. What is shown of it with ann stands behind a page of other moments of the same transaction id.
        var (left, other) = (Shown("ann", Moment), Shown("ann", "2026-11-22T08:15:30.124Z"));
        var command = new Item
        {
            [AttributeNames.TransactionId] = new("tx-1"),
            [AttributeNames.CreatedAt] = new(Moment),
            [AttributeNames.UserId] = new("bob"),
        };
        var written = new List<Item>();
        using var client = new ScriptedClient
        {
            Query = (request, _) =>
                Task.FromResult(
                    request.ExclusiveStartKey is null
                        ? new QueryResponse { Items = [other], LastEvaluatedKey = other }
                        : new QueryResponse { Items = [left] }
                ),
            BatchGet = (request, _) =>
            {
                var (table, keys) = request.RequestItems.Single();
                var items = table == new TableNames().CommandRecords ? [command] : new List<Item> { left, other };
                return Task.FromResult(
                    new BatchGetItemResponse
                    {
                        Responses = new()
                        {
                            [table] = [.. items.Where(item => keys.Keys.Any(key => key.All(part => item[part.Key].S == part.Value.S)))],
                        },
                    }
                );
            },
            Put = (request, _) =>
            {
                written.Add(request.Item);
                return Task.FromResult(new PutItemResponse());
            },
        };
        var report = new ReconcileReport();

        await new Reconciler(client, new(), time).RepairCommandsAsync([new("tx-1", Moment)], report, Token);

        Assert.Equal(
            [("ann", true), ("bob", false)],
            written.Select(item => (item[AttributeNames.UserId].S, item.ContainsKey(AttributeNames.DeletedAt)))
        );
        Assert.All(written, item => Assert.Equal($"{Moment}#tx-1", item[AttributeNames.CreatedAt].S));
        Assert.Equal((1, 1, 2), (report.Count(Discrepancy.Orphaned), report.Count(Discrepancy.Missing), report.Repaired));
    }

    [Fact]
    public async Task Keys_that_a_throttled_engine_left_out_are_asked_for_again_and_only_they()
    {
        var asked = new List<int>();
        using var client = new ScriptedClient
        {
            Query = (_, _) =>
                Task.FromResult(new QueryResponse { Items = [Shown("ann", Moment), Shown("bob", Moment), Shown("cleo", Moment)] }),
            BatchGet = (request, _) =>
            {
                // One key is answered each time, the rest is left out.
                var (table, keys) = request.RequestItems.Single();
                asked.Add(keys.Keys.Count);
                Assert.True(keys.ConsistentRead);
                return Task.FromResult(
                    new BatchGetItemResponse
                    {
                        Responses = new()
                        {
                            [table] =
                                table == new TableNames().NotificationRecords ? [Shown(keys.Keys[0][AttributeNames.UserId].S, Moment)] : [],
                        },
                        UnprocessedKeys =
                            keys.Keys.Count == 1
                                ? null
                                : new()
                                {
                                    [table] = new() { Keys = keys.Keys[1..], ConsistentRead = true },
                                },
                    }
                );
            },
            Put = (_, _) => Task.FromResult(new PutItemResponse()),
        };
        var report = new ReconcileReport();

        Assert.Empty(await new Reconciler(client, new(), time).RepairCommandsAsync([new("tx-1", Moment)], report, Token));

        Assert.Equal([3, 2, 1], asked.Take(3));
        Assert.Equal(3, report.Count(Discrepancy.Orphaned));
    }

    [Fact]
    public async Task No_more_keys_are_requested_at_once_than_the_engine_accepts()
    {
        var asked = new List<int>();
        using var client = new ScriptedClient
        {
            Query = (_, _) =>
                Task.FromResult(new QueryResponse { Items = [.. Enumerable.Range(0, 201).Select(i => Shown($"user-{i}", Moment))] }),
            BatchGet = (request, _) =>
            {
                var (table, keys) = request.RequestItems.Single();
                if (table == new TableNames().NotificationRecords)
                    asked.Add(keys.Keys.Count);
                return Task.FromResult(new BatchGetItemResponse { Responses = new() { [table] = [] } });
            },
        };

        await new Reconciler(client, new(), time).RepairCommandsAsync([new("tx-1", Moment)], new(), Token);

        Assert.Equal([100, 100, 1], asked);
    }

    [Fact]
    public async Task Cancelling_a_listing_ends_the_running_read()
    {
        using var stop = new CancellationTokenSource();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var client = new ScriptedClient { Query = (_, token) => ScriptedClient.HangAsync<QueryResponse>(reached.SetResult, token) };
        var listing = ListAsync();
        await reached.Task.WaitAsync(Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listing.WaitAsync(TimeSpan.FromSeconds(30), Token));

        async Task ListAsync()
        {
            await foreach (var _ in new FailureLog(client, new(), time).ListAsync(1, withResolved: true, stop.Token)) { }
        }
    }

    private string Day(int days) =>
        time.GetUtcNow().AddDays(days).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private static Item Shown(string user, string moment) =>
        new()
        {
            [AttributeNames.UserId] = new(user),
            [AttributeNames.CreatedAt] = new($"{moment}#tx-1"),
            [AttributeNames.TransactionId] = new("tx-1"),
            [AttributeNames.SentAt] = new(moment),
            [AttributeNames.SourceVersion] = new(Change.Version(1).Text),
        };

    private static Item Letter(string day, string id) =>
        new()
        {
            ["failure_day"] = new(day),
            ["failed_at"] = new($"{day}#{id}"),
            ["error_type"] = new("InvalidCommand"),
            ["error_message"] = new("user_id is missing"),
            ["attempts"] = new() { N = "1" },
            ["resolved"] = new() { BOOL = false },
        };

    /// <summary>An engine whose days have pages: the key where a page ends is its number.</summary>
    private static ScriptedClient Paged(Dictionary<string, Item[][]> days) =>
        new()
        {
            Query = (request, _) =>
            {
                var pages = days[request.ExpressionAttributeValues[":day"].S];
                var page = request.ExclusiveStartKey is { } start
                    ? int.Parse(start["page"].N, System.Globalization.CultureInfo.InvariantCulture)
                    : 0;
                return Task.FromResult(
                    new QueryResponse
                    {
                        Items = [.. pages[page]],
                        Count = pages[page].Length,
                        LastEvaluatedKey = page + 1 < pages.Length ? new() { ["page"] = new() { N = $"{page + 1}" } } : null,
                    }
                );
            },
        };
}
