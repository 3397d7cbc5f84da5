using System.Globalization;
using Amazon.DynamoDBv2;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Operations.Seeding;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>
/// The complete system on a full query table. A quarter of the table belongs to one user, and all of it to one campaign. The same engine
/// has smaller tables with the same schema, for a comparison within one run.
/// </summary>
internal sealed class SeededSystem : IAsyncDisposable
{
    private SeededSystem(
        LocalSystem system,
        AmazonDynamoDBClient client,
        SeedOptions seed,
        IReadOnlyList<(int Items, TableNames Tables)> sizes
    ) => (System, Client, Seed, Sizes) = (system, client, seed, sizes);

    public LocalSystem System { get; }

    public AmazonDynamoDBClient Client { get; }

    /// <summary>The options with which the full table was seeded.</summary>
    public SeedOptions Seed { get; }

    /// <summary>The tables with their number of items, smallest first, the full table last.</summary>
    public IReadOnlyList<(int Items, TableNames Tables)> Sizes { get; }

    public static async Task<SeededSystem> StartAsync(int items, Action<string> say, CancellationToken cancellationToken)
    {
        say("starting the system");
        var system = await LocalSystem.StartAsync(new(), cancellationToken);
        AmazonDynamoDBClient? client = null;
        try
        {
            client = system.CreateClient();
            await DisableTimeToLiveAsync(client, new(), cancellationToken);
            var today = new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
            var options = OptionsFor(items, today);
            var sizes = new List<(int, TableNames)>();
            for (var size = 1000; size < items; size *= 10)
            {
                var tables = new TableNames
                {
                    NotificationRecords = string.Create(CultureInfo.InvariantCulture, $"notification-records-{size}"),
                };
                await CreateAsync(client, tables, cancellationToken);
                await new Seeder(client, tables, TimeProvider.System).RunAsync(OptionsFor(size, today), null, cancellationToken);
                sizes.Add((size, tables));
            }

            say(string.Create(CultureInfo.InvariantCulture, $"seeding {items} items"));
            var tenth = Math.Max(1, items / 10);
            var told = 0L;
            var result = await new Seeder(client, new(), TimeProvider.System).RunAsync(
                options,
                new ProgressCallback(done =>
                {
                    // Called from several threads: the thread that passes the next tenth reports it.
                    var before = Interlocked.Read(ref told);
                    if (done / tenth > before && Interlocked.CompareExchange(ref told, done / tenth, before) == before)
                        say(string.Create(CultureInfo.InvariantCulture, $"{done} items"));
                }),
                cancellationToken
            );
            say(
                string.Create(CultureInfo.InvariantCulture, $"seeded {result.Items} items in {result.Seconds:0} s ({result.PerSecond:0}/s)")
            );
            sizes.Add((items, new()));
            return new(system, client, options, sizes);
        }
        catch
        {
            client?.Dispose();
            await system.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await System.DisposeAsync();
    }

    // One campaign for all items, so the campaign grows with the table.
    private static SeedOptions OptionsFor(int items, DateTimeOffset newest) =>
        new()
        {
            Count = items,
            DeepUserItems = items / 4,
            Campaigns = 1,
            Newest = newest,
        };

    private static async Task CreateAsync(AmazonDynamoDBClient client, TableNames tables, CancellationToken cancellationToken)
    {
        var template = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "tables.template.json"), cancellationToken);
        var declaration = TablesTemplate.Read(template).Single(table => table.Name == new TableNames().NotificationRecords);
        declaration.Create.TableName = tables.NotificationRecords;
        await new TableBootstrapper(client).BootstrapAsync(declaration with { TimeToLiveAttribute = null }, cancellationToken);
    }

    /// <summary>
    /// Every 10 s, DynamoDB Local searches each table with time to live for expired items and locks it meanwhile: all requests for a table
    /// of a million items then stand still for up to 2 s. DynamoDB has no such pauses.
    /// </summary>
    private static async Task DisableTimeToLiveAsync(AmazonDynamoDBClient client, TableNames tables, CancellationToken cancellationToken)
    {
        var current = await client.DescribeTimeToLiveAsync(tables.NotificationRecords, cancellationToken);
        await client.UpdateTimeToLiveAsync(
            new()
            {
                TableName = tables.NotificationRecords,
                TimeToLiveSpecification = new() { AttributeName = current.TimeToLiveDescription.AttributeName, Enabled = false },
            },
            cancellationToken
        );
    }

    private sealed class ProgressCallback(Action<long> tell) : IProgress<long>
    {
        public void Report(long value) => tell(value);
    }
}
