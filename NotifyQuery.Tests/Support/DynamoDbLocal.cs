using Amazon.DynamoDBv2;
using Amazon.Runtime;

namespace NotifyQuery.Tests.Support;

/// <summary>
/// A real DynamoDB Local for a class of tests, in memory, on a free port, which other classes may share. It keeps separate tables for each
/// access key, so that every test that asks for <see cref="NewSpace"/> has an engine to itself.
/// </summary>
public sealed partial class DynamoDbLocal(DynamoDbLocalPool pool) : IAsyncLifetime
{
    private DynamoDbLocalPool.Engine? engine;

    /// <summary>Where the engine answers, e.g. <c>http://127.0.0.1:12345</c>.</summary>
    public Uri Endpoint => engine!.Process.Endpoint;

    /// <summary>What a client of this engine is made with, a new one each time.</summary>
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

    /// <summary>Credentials that no other test has: all clients made with them share one set of tables, seen by nobody else.</summary>
    public static BasicAWSCredentials NewSpace()
    {
        DynamoDbLocalPool.CountSpace();
        return new($"test{Guid.NewGuid():N}", "test");
    }

    /// <summary>A client for the tables of <paramref name="space"/>.</summary>
    public AmazonDynamoDBClient Client(AWSCredentials space) => new(space, Config);

    /// <summary>What a project's tests add to each client.</summary>
    static partial void Configure(AmazonDynamoDBConfig config);
}
