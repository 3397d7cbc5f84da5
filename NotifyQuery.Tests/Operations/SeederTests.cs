using NotifyQuery.Core.Queries;
using NotifyQuery.Operations.Seeding;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Operations;

public sealed class SeederTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static readonly SeedOptions Options = new()
    {
        Count = 130,
        DeepUserItems = 60,
        Users = 3,
        Campaigns = 2,
        Newest = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_items_are_there_for_every_query_and_a_second_run_changes_nothing()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var seeder = new Seeder(tables.Client, tables.Names, TimeProvider.System);

        var first = await seeder.RunAsync(Options, null, Token);
        var before = await ContentAsync();
        var second = await seeder.RunAsync(Options, null, Token);

        Assert.Equal((130, 130), (first.Items, second.Items));
        Assert.Equal(130, before.Count);
        Assert.Equal(before, await ContentAsync());
        var reader = tables.Reader;
        Assert.Equal(60, (
                await reader.ReadAsync(
                    new()
                    {
                        By = QueryKind.User,
                        Value = Seeder.DeepUser,
                        Limit = 100,
                    },
                    Token
                )
            ).Items.Count);
        Assert.NotEmpty(
            (
                await reader.ReadAsync(
                    new()
                    {
                        By = QueryKind.Campaign,
                        Value = "seed-campaign-0001",
                        Limit = 100,
                    },
                    Token
                )
            ).Items
        );
        Assert.Single(
            (
                await reader.ReadAsync(
                    new()
                    {
                        By = QueryKind.Transaction,
                        Value = "seed-1-00000099",
                        Limit = 100,
                    },
                    Token
                )
            ).Items
        );
        Assert.NotEmpty(
            (
                await reader.ReadAsync(
                    new()
                    {
                        By = QueryKind.Status,
                        Value = "FAILED",
                        From = "2026-10-23T00:00:00.000Z",
                        To = "2026-11-22T00:00:00.000Z",
                        Limit = 100,
                    },
                    Token
                )
            ).Items
        );

        async Task<List<string>> ContentAsync() =>
            [
                .. (await tables.AllAsync(tables.Names.NotificationRecords, Token))
                    .Select(item =>
                        string.Join(
                            ';',
                            item.OrderBy(attribute => attribute.Key, StringComparer.Ordinal)
                                .Select(attribute => $"{attribute.Key}={attribute.Value.S}")
                        )
                    )
                    .Order(StringComparer.Ordinal),
            ];
    }

    [Fact]
    public void The_same_options_give_the_same_items_and_another_seed_others()
    {
        Assert.Equal(Seeder.Records(Options), Seeder.Records(Options));
        Assert.NotEqual(Seeder.Records(Options).First(), Seeder.Records(Options with { Seed = 2 }).First());
    }
}
