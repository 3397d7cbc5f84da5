using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.AWS.Lambda;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using NotifyQuery.AppHost.Backends;
using NotifyQuery.Operations;

namespace NotifyQuery.AppHost;

/// <summary>
/// Tells the person at the terminal how the start goes: the state of each resource, and, once the gateway has answered
/// a query, the addresses and a command to try. From then until its stop the operator's tools on this machine find the system, too.
/// </summary>
internal sealed class StartupReport(
    StartupReport.Addresses addresses, ResourceNotificationService notifications, ResourceLoggerService logs) : IHostedLifecycleService, IDisposable
{
    private const string FirstQuery = "/query/user?user_id=user-0001";
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(250); // a query takes processor time that the start has need of

    private readonly CancellationTokenSource stopping = new();
    private readonly long started = Stopwatch.GetTimestamp();
    private readonly List<Task> tasks = [];
    private IDisposable? announced;

    /// <summary>What the report points at.</summary>
    internal sealed record Addresses(
        Backend Backend, EndpointReference Emulator, EndpointReference Handler, EndpointReference Gateway, EndpointReference? EventSource, bool DemoData);

    // Before any hosted service starts: the start of the resources is one of them, and lasts until all are there.
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        tasks.Add(WatchStatesAsync(stopping.Token));
        tasks.Add(AnnounceAsync(stopping.Token));
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        announced?.Dispose();
        foreach (var failed in tasks.Where(task => task.IsFaulted)) Write("report", failed.Exception!.GetBaseException().Message);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        announced?.Dispose();
        stopping.Dispose();
    }

    private async Task WatchStatesAsync(CancellationToken cancellationToken)
    {
        var shown = new Dictionary<string, string>();
        await foreach (var change in notifications.WatchAsync(cancellationToken))
        {
            if (change.Snapshot is { IsHidden: true } or { ResourceType: "Parameter" } || Describe(change.Snapshot) is not { } state) continue;
            if (shown.TryGetValue(change.Resource.Name, out var before) && before == state) continue;
            shown[change.Resource.Name] = state;
            Write(change.Resource.Name, state);
            if (before is null && change.Resource.Name.EndsWith("-install", StringComparison.Ordinal)) tasks.Add(FollowAsync(change.Resource, cancellationToken));
        }
    }

    private static string? Describe(CustomResourceSnapshot snapshot)
    {
        if (snapshot.State?.Text is not { Length: > 0 } state) return null;
        if (state == KnownResourceStates.Running && !snapshot.HealthReports.IsDefaultOrEmpty && snapshot.HealthStatus is HealthStatus.Healthy) return "Running, healthy";
        return snapshot.ExitCode is { } exitCode && KnownResourceStates.TerminalStates.Contains(state)
            ? $"{state} (exit code {exitCode.ToString(CultureInfo.InvariantCulture)})"
            : state;
    }

    /// <summary>The first run's download shows its progress.</summary>
    private async Task FollowAsync(IResource resource, CancellationToken cancellationToken)
    {
        await foreach (var batch in logs.WatchAsync(resource).WithCancellation(cancellationToken))
            foreach (var line in batch) Write(resource.Name, "  | " + line.Content);
    }

    private async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        var gateway = await addresses.Gateway.GetValueAsync(cancellationToken);
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        while (!await AnswersAsync(client, gateway + FirstQuery, cancellationToken)) await Task.Delay(AskAgainAfter, cancellationToken);

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
        var found = new SystemAddresses
        {
            Endpoint = await AddressOfAsync(addresses.Backend.Endpoint, cancellationToken),
            Gateway = gateway,
            Handler = await AddressOfAsync(addresses.Handler, cancellationToken),
            EventSource = await AddressOfAsync(addresses.EventSource, cancellationToken),
        };
        Console.WriteLine(
            $"""

            Ready after {seconds} s.
              gateway   {gateway}
              Handler   {found.Handler}
              Lambda    {await addresses.Emulator.GetValueAsync(cancellationToken)}
              DynamoDB  {found.Endpoint ?? "AWS"}

            Ask through the gateway{(addresses.DemoData || addresses.Backend.Endpoint is null ? "" : " (there is no demo data: 'dotnet run --project NotifyQuery.Tools -- simulate-writes' writes some)")}:
              curl '{gateway}{FirstQuery}'

            Press Ctrl+C to stop.
            """);
        try
        {
            announced = RunningSystems.OfUser.Announce(found);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.WriteLine($"Tools do not find this system by themselves, give them the addresses: {exception.Message}");
        }
    }

    private static async Task<string?> AddressOfAsync(EndpointReference? endpoint, CancellationToken cancellationToken) =>
        endpoint is null ? null : await endpoint.GetValueAsync(cancellationToken);

    private async Task<bool> AnswersAsync(HttpClient client, string url, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(url, cancellationToken);
            if (!response.IsSuccessStatusCode) return false;
            var page = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            return !addresses.DemoData || page.GetProperty("count").GetInt32() > 0;
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false; // not yet
        }
    }

    private void Write(string resource, string what) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{Stopwatch.GetElapsedTime(started).TotalSeconds,6:F1} s  {resource,-20} {what}"));
}

internal static class StartupReportExtensions
{
    /// <summary>Adds the report, unless the system is started by a test.</summary>
    public static void AddStartupReport(
        this IDistributedApplicationBuilder builder, Settings settings, Backend backend, IResourceBuilder<LambdaEmulatorResource> emulator,
        IResourceBuilder<ProjectResource> handler, IResourceBuilder<APIGatewayEmulatorResource> gateway, IResourceBuilder<ProjectResource>? eventSource)
    {
        if (settings.IsTest) return;
        builder.Services.AddSingleton(new StartupReport.Addresses(
            backend, emulator.GetEndpoint("http"), handler.GetEndpoint("http"), gateway.GetEndpoint("http"), eventSource?.GetEndpoint("http"), settings.DemoData));
        builder.Services.AddHostedService<StartupReport>();
    }
}
