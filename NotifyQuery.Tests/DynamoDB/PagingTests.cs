using Amazon.DynamoDBv2.Model;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.DynamoDB.PagingScenario;
using Act = NotifyQuery.Tests.DynamoDB.ItemAct;
using Change = NotifyQuery.Tests.DynamoDB.ItemChange;
using Scenario = NotifyQuery.Tests.DynamoDB.PagingScenario;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>
/// What paging promises while the table changes between the pages, for generated changes: each page is the exact continuation, from the
/// place of its cursor, of the result as it is at that moment. From this follows what docs/architecture.md says, and it is checked besides.
/// </summary>
public sealed class PagingTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private static readonly Rnd Seed = new(20261125, 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Whatever_changes_between_the_pages_what_stays_is_seen_once_and_nothing_twice() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(new Replay(Seed, FSharpOption<int>.None)),
            Prop.ForAll(
                Arb.From(Paging(moves: true)),
                async (Scenario scenario) =>
                {
                    using var engine = new InMemoryEngine(scenario.ItemsPerAnswer);
                    await RunAsync(
                        scenario,
                        new(engine, scenario.Tables),
                        change =>
                        {
                            Apply(engine, change, scenario.Tables.KeySpread);
                            return Task.CompletedTask;
                        }
                    );
                }
            )
        );

    /// <summary>A page of spread keys is many reads: the table changes between any two of them, also within a page.</summary>
    [Fact]
    public void The_same_holds_for_what_changes_while_a_page_is_read() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(new Replay(Seed, FSharpOption<int>.None)),
            Prop.ForAll(
                Arb.From(Paging(moves: false)),
                async (Scenario scenario) =>
                {
                    using var engine = new InMemoryEngine(scenario.ItemsPerAnswer);
                    var table = new Dictionary<NotificationKey, Change>();
                    foreach (var change in scenario.Before)
                        ApplyTo(change);
                    var query = scenario.Query;
                    var always = table.Values.Where(change => change.Act is Act.Put && change.IsIn(query)).ToHashSet();
                    var steady = always.Select(change => change.Number).ToHashSet();
                    var changes = new Queue<Change>(scenario.Between.SelectMany(some => some));
                    engine.BeforeQuery = () =>
                    {
                        if (!changes.TryDequeue(out var change))
                            return;
                        ApplyTo(change);
                        always.RemoveWhere(item => item.Number == change.Number);
                        if (change.Act is not Act.Put || !change.IsIn(query))
                            steady.Remove(change.Number);
                    };
                    var (reader, shown) = (new DynamoDBNotificationReader(engine, scenario.Tables), new List<Notification>());
                    do
                    {
                        var page = await reader.ReadAsync(query, Token);
                        shown.AddRange(page.Items);
                        query = query with { After = page.Next };
                    } while (query.After is not null);

                    Assert.All(always, item => Assert.Single(shown, item.Shown()));
                    Assert.All(steady, number => Assert.Single(shown, item => item.TransactionId == $"tx-{number:D2}"));
                    var positions = shown.Select(item => NotificationKey.Of(item.UserId, item.CreatedAt, item.TransactionId)).ToList();
                    Assert.Equal(
                        positions.Distinct().Order(ByPosition),
                        query.Order is QueryOrder.Descending ? positions.AsEnumerable().Reverse() : positions
                    );

                    void ApplyTo(Change change)
                    {
                        Apply(engine, change, scenario.Tables.KeySpread);
                        if (change.Act is Act.Delete)
                            table.Remove(change.Key);
                        else
                            table[change.Key] = change;
                    }
                }
            )
        );

    [Fact]
    public async Task The_same_holds_on_a_real_engine()
    {
        // the order of two items at one moment is the engine's own
        foreach (var scenario in Paging(moves: false, real: true).Sample(numberOfSamples: 25, Seed, size: 500))
        {
            using var tables = await LocalTables.CreateAsync(local, Token);
            await RunAsync(
                scenario,
                new(tables.Client, scenario.Tables),
                change =>
                    change.Act is Act.Delete
                        ? tables.Client.DeleteItemAsync(
                            new DeleteItemRequest { TableName = tables.Names.NotificationRecords, Key = change.KeyItem() },
                            Token
                        )
                        : tables.Client.PutItemAsync(
                            new PutItemRequest
                            {
                                TableName = tables.Names.NotificationRecords,
                                Item = change.Item(scenario.Tables.KeySpread),
                            },
                            Token
                        )
            );
        }
    }

    private static void Apply(InMemoryEngine engine, Change change, KeySpread spread)
    {
        if (change.Act is Act.Delete)
            engine.Delete(change.Key);
        else
            engine.Put(change.Item(spread));
    }

    private static async Task RunAsync(Scenario scenario, DynamoDBNotificationReader reader, Func<Change, Task> apply)
    {
        var table = new Dictionary<NotificationKey, Change>();
        foreach (var change in scenario.Before)
            await ChangeAsync(change);
        var query = scenario.Query;
        var always = Result().ToHashSet(); // as they are, from before the first page to the last
        var steady = always.Select(change => change.Number).ToHashSet(); // in the result all the time, in one state or another
        var shown = new List<Change>();
        for (var number = 0; ; number++)
        {
            var page = await reader.ReadAsync(query, Token);
            var ahead = Result().Where(change => query.After is not { } after || IsBehind(change.Key, after)).ToList();
            Assert.Equal(ahead.Take(page.Items.Count).Select(change => change.Shown()), page.Items);
            Assert.True(page.Items.Count <= query.Limit);
            shown.AddRange(ahead.Take(page.Items.Count));
            if (page.Next is not { } next)
            {
                Assert.Equal(ahead.Count, page.Items.Count);
                break;
            }

            // Neither before the last item shown nor behind the first that is not.
            Assert.All(ahead.Take(page.Items.Count), change => Assert.False(IsBehind(change.Key, next)));
            Assert.All(ahead.Skip(page.Items.Count), change => Assert.True(IsBehind(change.Key, next)));
            Assert.True(query.After is not { } previous || IsBehind(next, previous), "the cursor does not move on");
            query = query with { After = next };
            foreach (var change in number < scenario.Between.Length ? scenario.Between[number] : [])
            {
                var moves = await ChangeAsync(change);
                always.RemoveWhere(item => item.Number == change.Number);
                if (!Result().Contains(change) || (moves && change.Key.SortKey == next.SortKey))
                    steady.Remove(change.Number);
            }
        }

        Assert.All(always, item => Assert.Single(shown, item));
        Assert.All(steady, number => Assert.Contains(shown, item => item.Number == number));
        Assert.Equal(shown.Count, shown.DistinctBy(item => item.Key).Count());

        // Says whether the notification moves: of two users it is one's only, and leaves a tombstone at the other's.
        async Task<bool> ChangeAsync(Change change)
        {
            await apply(change);
            if (change.Act is Act.Delete)
                table.Remove(change.Key);
            else
                table[change.Key] = change;
            var elsewhere = change with { Moved = !change.Moved };
            if (change.Act is not Act.Put || table.GetValueOrDefault(elsewhere.Key) is not { Act: Act.Put })
                return false;
            await ChangeAsync(elsewhere with { Act = Act.Tombstone });
            return true;
        }

        IEnumerable<Change> Result()
        {
            var found = table.Values.Where(change => change.Act is Act.Put && change.IsIn(query)).OrderBy(change => change.Key, ByPosition);
            return query.Order is QueryOrder.Descending ? found.Reverse() : found;
        }

        bool IsBehind(NotificationKey key, NotificationKey position) =>
            (query.Order is QueryOrder.Descending ? -1 : 1) * ByPosition.Compare(key, position) > 0;
    }

    private static readonly Comparer<NotificationKey> ByPosition = Comparer<NotificationKey>.Create(
        (one, other) =>
            string.CompareOrdinal(one.SortKey, other.SortKey) is var order and not 0
                ? order
                : string.CompareOrdinal(one.UserId, other.UserId)
    );
}
