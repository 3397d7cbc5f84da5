using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.AppHost.Emulators;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Tests.Distributed;

/// <summary>The whole system as the AppHost runs it: real processes, a real engine, any free ports.</summary>
public sealed class RunningSystem : IAsyncDisposable
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(3); // many processes, on a machine with other work

    private RunningSystem(DistributedApplication app)
    {
        App = app;
        Gateway = app.CreateHttpClient("gateway", "http");
        Handler = app.CreateHttpClient("handler", "http");
        DynamoDB = new(
            new BasicAWSCredentials("test", "test"),
            new AmazonDynamoDBConfig { ServiceURL = app.GetEndpoint("dynamodb", "http").ToString(), AuthenticationRegion = "us-east-1" }
        );
        Commands = new(DynamoDB, new TableNames());
    }

    public DistributedApplication App { get; }

    /// <summary>The program that emulates Lambda and API Gateway: what is expected of it depends on it.</summary>
    internal LambdaEmulatorKind LambdaEmulator =>
        LambdaEmulatorChoice.Choose(
            App.Services.GetRequiredService<IConfiguration>()[LambdaEmulatorChoice.Key],
            NotifyQuery.AppHost.Settings.PackageMode
        );

    public HttpClient Gateway { get; }

    public HttpClient Handler { get; }

    public AmazonDynamoDBClient DynamoDB { get; }

    public DynamoDBCommandRecords Commands { get; }

    public static Task<RunningSystem> StartAsync(
        Action<IDistributedApplicationTestingBuilder>? configure = null,
        params string[] arguments
    ) => StartAsync(withDashboard: false, configure, arguments);

    /// <summary>With the dashboard, which a testing builder leaves out by itself.</summary>
    public static Task<RunningSystem> StartWithDashboardAsync(Action<IDistributedApplicationTestingBuilder>? configure = null) =>
        StartAsync(withDashboard: true, configure, ["--ASPIRE_ALLOW_UNSECURED_TRANSPORT=true"]);

    private static async Task<RunningSystem> StartAsync(
        bool withDashboard,
        Action<IDistributedApplicationTestingBuilder>? configure,
        string[] arguments
    )
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.NotifyQuery_AppHost>(
            [
                "--NotifyQuery:Backend=dynamodb-local",
                "--ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL=", // no receiver, unless the test has one or shows the dashboard
                "--NotifyQuery:TracesPerSecond=0", // a test looks for the trace of each of its requests
                .. arguments,
            ],
            (options, _) => options.DisableDashboard = !withDashboard
        );
        configure?.Invoke(builder);
        var app = await builder.BuildAsync();
        try
        {
            using var limit = new CancellationTokenSource(StartPatience);
            await app.StartAsync(limit.Token);
            await app.ResourceNotifications.WaitForResourceAsync("gateway", KnownResourceStates.Running, limit.Token);
            await app.ResourceNotifications.WaitForResourceHealthyAsync("event-source", limit.Token);
            var system = new RunningSystem(app);
            // A gateway that runs may not listen yet: nothing checks its health.
            await EventuallyAsync(
                "the gateway answers",
                async () => (await system.Gateway.GetAsync("/health")).StatusCode is HttpStatusCode.OK
            );
            return system;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the gateway answers to a query that must succeed.</summary>
    public async Task<JsonElement> AskAsync(string pathAndQuery)
    {
        using var response = await Gateway.GetAsync(pathAndQuery, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode is HttpStatusCode.OK, $"GET {pathAndQuery} was answered by {(int)response.StatusCode}: {body}");
        return JsonDocument.Parse(body).RootElement;
    }

    /// <summary>Restarts a resource by its command.</summary>
    public async Task RestartAsync(string resource)
    {
        var restarted = await App.ResourceCommands.ExecuteCommandAsync(
            resource,
            KnownResourceCommands.RestartCommand,
            TestContext.Current.CancellationToken
        );
        Assert.True(restarted.Success, restarted.Message);
    }

    /// <summary>The items of a user, as the gateway answers them.</summary>
    public async Task<JsonElement[]> ItemsOfAsync(string userId) =>
        [.. (await AskAsync($"/query/user?user_id={userId}&limit=100")).GetProperty("items").EnumerateArray()];

    /// <summary>
    /// Waits until a command is seen: the first one finds every process of the write side cold, and what is to be timed begins after it.
    /// </summary>
    public async Task WarmUpAsync()
    {
        var user = $"first-{Guid.NewGuid():N}";
        await Commands.PutAsync(NewRecord(user), TestContext.Current.CancellationToken);
        await EventuallyAsync("the first command is seen", async () => (await ItemsOfAsync(user)).Length == 1);
    }

    /// <summary>Waits until something holds; errors of the transport count as "not yet".</summary>
    public static async Task EventuallyAsync(string what, Func<Task<bool>> holds, TimeSpan? within = null)
    {
        var started = Stopwatch.GetTimestamp();
        Exception? last = null;
        while (Stopwatch.GetElapsedTime(started) < (within ?? TimeLimit))
        {
            try
            {
                if (await holds())
                    return;
                last = null;
            }
            catch (Exception exception)
                when (exception is HttpRequestException or AmazonClientException or AmazonServiceException or Xunit.Sdk.XunitException)
            {
                last = exception;
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"Not within {(within ?? TimeLimit).TotalSeconds} s: {what}. {last?.Message}");
    }

    public async ValueTask DisposeAsync()
    {
        Gateway.Dispose();
        Handler.Dispose();
        DynamoDB.Dispose();
        await App.DisposeAsync();
    }

    /// <summary>A valid command record with ids of its own.</summary>
    public static CommandRecord NewRecord(string userId) =>
        new()
        {
            TransactionId = $"tx-{Guid.NewGuid():N}",
            CreatedAt = Timestamp.Format(DateTimeOffset.UtcNow),
            UserId = userId,
            Channel = Channel.Push,
            Status = NotificationStatus.Pending,
            CampaignId = "spring-sale",
            Title = "Spring sale",
            Body = "20% off",
        };
}
