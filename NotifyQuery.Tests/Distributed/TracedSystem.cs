using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.AWS.Lambda;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Distributed;

/// <summary>A running system whose telemetry is received, over gRPC as in development.</summary>
public sealed class TracedSystem : IAsyncLifetime
{
    private const string QueryResult = "QueryResult";

    private string notificationTable = "notification-records";

    public RunningSystem System { get; private set; } = null!;

    public OtlpReceiver Received { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Received = await OtlpReceiver.StartAsync();
        System = await RunningSystem.StartAsync(
            builder => builder.CreateResourceBuilder<LambdaProjectResource>(QueryResult)
                .WithEnvironment(context => context.EnvironmentVariables["Tables__NotificationRecords"] = notificationTable),
            $"--ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL={Received.GrpcEndpoint}");
    }

    /// <summary>Lets the QueryResult function fail at each query, while something is done.</summary>
    public async Task WhileQueriesFailAsync(Func<Task> action)
    {
        await RestartWithAsync("no-such-table", HttpStatusCode.BadGateway);
        try
        {
            await action();
        }
        finally
        {
            await RestartWithAsync("notification-records", HttpStatusCode.OK);
        }

        async Task RestartWithAsync(string table, HttpStatusCode expected)
        {
            notificationTable = table;
            await System.RestartAsync(QueryResult);
            await RunningSystem.EventuallyAsync($"queries are answered by {expected}", async () =>
            {
                using var response = await System.Gateway.GetAsync("/query/user?user_id=nobody", TestContext.Current.CancellationToken);
                return response.StatusCode == expected;
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await System.DisposeAsync();
        await Received.DisposeAsync();
    }
}
