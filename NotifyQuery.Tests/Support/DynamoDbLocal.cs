using Amazon.DynamoDBv2;
using Amazon.Runtime;

namespace NotifyQuery.Tests.Support;

/// <summary>
/// A real DynamoDB Local for a test class, in memory, on a free port. Other classes may share it. It has separate tables for each access
/// key, so a test that calls <see cref="NewSpace"/> has empty tables of its own.
/// </summary>
public sealed partial class DynamoDbLocal(DynamoDbLocalPool pool) : IAsyncLifetime
{
    private DynamoDbLocalPool.Engine? engine;

    /// <summary>The address of the engine, e.g. <c>http://127.0.0.1:12345</c>.</summary>
    public Uri Endpoint => engine!.Process.Endpoint;

    /// <summary>The configuration for a client of this engine; a new object each time.</summary>
    public AmazonDynamoDBConfig Config
    {
        get
        {
            var config = engine!.Process.Config;
            Configure(config);
            return config;
        }
    }

    public async ValueTask InitializeAsync() => engine = await pool.RentAsync();

    public async ValueTask DisposeAsync()
    {
        if (engine is not null)
            await pool.ReturnAsync(engine);
    }

    /// <summary>
    /// Credentials that no other test has. All clients with these credentials share one set of tables, which no other client can see.
    /// </summary>
    public static BasicAWSCredentials NewSpace()
    {
        DynamoDbLocalPool.CountSpace();
        return new($"test{Guid.NewGuid():N}", "test");
    }

    /// <summary>A client for the tables of <paramref name="space"/>.</summary>
    public AmazonDynamoDBClient Client(AWSCredentials space) => new(space, Config);

    /// <summary>Lets a test project add its own settings to each client.</summary>
    static partial void Configure(AmazonDynamoDBConfig config);
}
