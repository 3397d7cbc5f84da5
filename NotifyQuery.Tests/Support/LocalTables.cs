using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Tables;

namespace NotifyQuery.Tests.Support;

/// <summary>The declared tables on a real engine, visible to one test only.</summary>
internal sealed class LocalTables : IDisposable
{
    private LocalTables(BasicAWSCredentials space, AmazonDynamoDBClient client) => (Space, Client) = (space, client);

    /// <summary>The credentials for every other client of these tables.</summary>
    public BasicAWSCredentials Space { get; }

    public AmazonDynamoDBClient Client { get; }

    public TableNames Names { get; init; } = new();

    public DynamoDBProjectionStore Store => new(Client, Names, TimeProvider.System);

    public DynamoDBDeadLetters DeadLetters => new(Client, Names);

    public DynamoDBNotificationReader Reader => new(Client, Names);

    /// <summary>The tables as deploy/tables.template.json declares them.</summary>
    public static IReadOnlyList<TableDeclaration> Declared() => TablesTemplate.Read(Template());

    /// <summary>The text of deploy/tables.template.json.</summary>
    public static string Template() => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "tables.template.json"));

    public static TableDeclaration Declared(string table) => Declared().Single(declaration => declaration.Name == table);

    /// <summary>Creates the tables.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="keys">The number of keys over which a campaign is spread; null for the number in the template.</param>
    public static async Task<LocalTables> CreateAsync(DynamoDbLocal engine, CancellationToken cancellationToken, int? keys = null)
    {
        var space = DynamoDbLocal.NewSpace();
        var tables = new LocalTables(space, engine.Client(space))
        {
            Names = new() { KeySpread = keys is { } some ? KeySpread.Over(some) : new TableNames().KeySpread },
        };
        foreach (var declaration in Declared())
            await new TableBootstrapper(tables.Client).BootstrapAsync(declaration, cancellationToken);
        return tables;
    }

    /// <summary>Makes writes, and asserts that each of them is applied.</summary>
    public Task ApplyAsync(IEnumerable<ProjectionWrite> writes, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            writes,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellationToken },
            async (write, token) => Assert.Equal(new WriteResult(WriteOutcome.Applied), await Store.WriteAsync(write, token))
        );

    /// <summary>The item of notification-records in the table, including a tombstone; null if there is none.</summary>
    public async Task<Dictionary<string, AttributeValue>?> FindAsync(NotificationKey key, CancellationToken cancellationToken)
    {
        var found = await Client.GetItemAsync(
            new GetItemRequest
            {
                TableName = Names.NotificationRecords,
                Key = new() { [AttributeNames.UserId] = new(key.UserId), [AttributeNames.CreatedAt] = new(key.SortKey) },
                ConsistentRead = true,
            },
            cancellationToken
        );
        return found.IsItemSet ? found.Item : null;
    }

    /// <summary>All items of a table.</summary>
    public async Task<IReadOnlyList<Dictionary<string, AttributeValue>>> AllAsync(string table, CancellationToken cancellationToken)
    {
        var items = new List<Dictionary<string, AttributeValue>>();
        var request = new ScanRequest { TableName = table, ConsistentRead = true };
        do
        {
            var page = await Client.ScanAsync(request, cancellationToken);
            items.AddRange(page.Items ?? []);
            request.ExclusiveStartKey = page.LastEvaluatedKey;
        } while (request.ExclusiveStartKey is { Count: > 0 });

        return items;
    }

    public void Dispose() => Client.Dispose();
}
