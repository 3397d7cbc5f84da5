using Amazon.DynamoDBv2;
using Amazon.Runtime;
using NotifyQuery.Benchmarks.Running;

[assembly: AssemblyFixture(typeof(NotifyQuery.Tests.Support.DynamoDbLocal))]

namespace NotifyQuery.Tests.Support;

/// <summary>
/// A real DynamoDB Local for the whole test run, in memory, on a free port. It keeps separate tables per access key, so that every
/// test that asks for <see cref="NewSpace"/> has an engine to itself.
/// </summary>
public sealed partial class DynamoDbLocal : IAsyncLifetime
{
    private DynamoDBLocalProcess? process;

    /// <summary>Where the engine answers, e.g. <c>http://127.0.0.1:41234</c>.</summary>
    public Uri Endpoint => process!.Endpoint;

    /// <summary>What a client of this engine is made with, a new one each time.</summary>
    public AmazonDynamoDBConfig Config
    {
        get
        {
            var config = process!.Config;
            Configure(config);
            return config;
        }
    }

    public async ValueTask InitializeAsync() => process = await DynamoDBLocalProcess.StartAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        if (process is not null) await process.DisposeAsync();
    }

    /// <summary>Credentials that no other test has: all clients made with them share one set of tables, seen by nobody else.</summary>
    public static BasicAWSCredentials NewSpace() => new($"test{Guid.NewGuid():N}", "test");

    /// <summary>A client for the tables of <paramref name="space"/>.</summary>
    public AmazonDynamoDBClient Client(AWSCredentials space) => new(space, Config);

    /// <summary>What a project's tests add to each client.</summary>
    static partial void Configure(AmazonDynamoDBConfig config);
}
