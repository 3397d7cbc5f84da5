using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

public sealed class ProjectionOnEngineTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_holds_in_memory_holds_on_a_real_table()
    {
        foreach (var scenario in Scenario.Any.Generator.Sample(numberOfSamples: 50, new Rnd(4, 1), size: 10))
        {
            using var tables = await LocalTables.CreateAsync(engine, Token);
            var target = new Target(tables.Store, tables.DeadLetters, () => VisibleAsync(tables), () => DeadEventsAsync(tables));

            var differences = await new Delivery(target, Delivery.LowestFailed).RunAsync(scenario, Token);

            Assert.True(differences.Count == 0, $"{string.Join(Environment.NewLine, differences)}{Environment.NewLine}{scenario}");
        }
    }

    [Fact]
    public async Task What_holds_in_memory_of_streams_that_replace_one_another_holds_on_a_real_table()
    {
        foreach (var scenario in Scenario.WithReplacedStreams.Generator.Sample(numberOfSamples: 50, new Rnd(6, 1), size: 10))
        {
            using var tables = await LocalTables.CreateAsync(engine, Token);
            var target = new Target(tables.Store, tables.DeadLetters, () => VisibleAsync(tables), () => DeadEventsAsync(tables));

            var differences = await new Delivery(target, Delivery.LowestFailed).RunAsync(scenario, Token);

            Assert.True(differences.Count == 0, $"{string.Join(Environment.NewLine, differences)}{Environment.NewLine}{scenario}");
        }
    }

    /// <summary>What users read, page by page.</summary>
    private static async Task<IReadOnlyList<Notification>> VisibleAsync(LocalTables tables)
    {
        var visible = new List<Notification>();
        foreach (var user in Scenario.Users)
        {
            var query = new NotificationQuery
            {
                By = QueryKind.User,
                Value = user,
                Limit = 2,
            };
            do
            {
                var page = await tables.Reader.ReadAsync(query, Token);
                visible.AddRange(page.Items);
                query = query with { After = page.Next };
            } while (query.After is not null);
        }

        return visible;
    }

    private static async Task<IReadOnlyList<string>> DeadEventsAsync(LocalTables tables) =>
        [.. (await tables.AllAsync(tables.Names.ProjectionFailures, Token)).Select(item => item["event_id"].S)];
}
