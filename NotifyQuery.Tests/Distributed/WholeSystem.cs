using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.AWS.Lambda;
using NotifyQuery.Tests.Support;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(NotifyQuery.Tests.Distributed.SystemsFirst))]

namespace NotifyQuery.Tests.Distributed;

/// <summary>
/// Tests of running systems: one after the other (but for <see cref="KilledProcessesTests"/>), because each system is ten processes, and
/// several starve each other on a small machine.
/// </summary>
[CollectionDefinition(nameof(OneSystemAtATime))]
public sealed class OneSystemAtATime : ICollectionFixture<WholeSystem>;

/// <summary>The systems' collection takes longest by far: it begins first, and all others run beside it.</summary>
public sealed class SystemsFirst : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(collection => collection.TestCollectionDisplayName == nameof(OneSystemAtATime))];
}

/// <summary>
/// One running system for the tests that leave it as it was. Its telemetry is received, over gRPC as in development, and its functions can
/// be made to fail for a while.
/// </summary>
public sealed class WholeSystem : IAsyncLifetime
{
    private const string StreamProcessor = "StreamProcessor";
    private const string QueryResult = "QueryResult";

    private readonly Dictionary<string, string> queryTables = new(StringComparer.Ordinal)
    {
        [StreamProcessor] = "notification-records",
        [QueryResult] = "notification-records",
    };

    public RunningSystem System { get; private set; } = null!;

    public OtlpReceiver Received { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Received = await OtlpReceiver.StartAsync();
        System = await RunningSystem.StartAsync(
            builder =>
            {
                foreach (var function in queryTables.Keys)
                {
                    builder
                        .CreateResourceBuilder<LambdaProjectResource>(function)
                        .WithEnvironment(context => context.EnvironmentVariables["Tables__NotificationRecords"] = queryTables[function]);
                }
            },
            $"--ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL={Received.GrpcEndpoint}"
        );
        await System.WarmUpAsync();
    }

    /// <summary>Lets every write of the StreamProcessor fail, while something is done.</summary>
    public Task WhileProjectionFailsAsync(Func<Task> action) => WithoutTableAsync(StreamProcessor, action, _ => Task.CompletedTask);

    /// <summary>Lets the QueryResult function fail at each query, while something is done.</summary>
    public Task WhileQueriesFailAsync(Func<Task> action) =>
        WithoutTableAsync(
            QueryResult,
            action,
            async fails =>
            {
                var expected = fails ? HttpStatusCode.BadGateway : HttpStatusCode.OK;
                await RunningSystem.EventuallyAsync(
                    $"queries are answered by {expected}",
                    async () =>
                    {
                        using var response = await System.Gateway.GetAsync(
                            "/query/user?user_id=nobody",
                            TestContext.Current.CancellationToken
                        );
                        return response.StatusCode == expected;
                    }
                );
            }
        );

    public async ValueTask DisposeAsync()
    {
        await System.DisposeAsync();
        await Received.DisposeAsync();
    }

    private async Task WithoutTableAsync(string function, Func<Task> action, Func<bool, Task> waitUntil)
    {
        var table = queryTables[function];
        await RestartWithAsync("no-such-table");
        await waitUntil(true);
        try
        {
            await action();
        }
        finally
        {
            await RestartWithAsync(table);
            await waitUntil(false);
        }

        async Task RestartWithAsync(string name)
        {
            queryTables[function] = name;
            await System.RestartAsync(function);
        }
    }
}
