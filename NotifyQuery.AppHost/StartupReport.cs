using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.AWS.Lambda;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NotifyQuery.AppHost.Backends;
using NotifyQuery.AppHost.Emulators;
using NotifyQuery.AppHost.NextTables;
using NotifyQuery.Operations;

namespace NotifyQuery.AppHost;

/// <summary>
/// Reports at the terminal that the system is ready, with the addresses and a command to try. The system is ready when the gateway has
/// answered a query. From then until the stop, the tools on this machine find the system.
/// </summary>
internal sealed class StartupReport(
    StartupReport.Addresses addresses,
    IConfiguration configuration,
    ReportLines lines,
    DistributedApplicationModel model,
    ResourceNotificationService notifications,
    IHostApplicationLifetime lifetime,
    ILogger<StartupReport> logger
) : Watcher(lifetime, logger)
{
    private const string FirstQuery = "/query/user?user_id=user-0001";
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(250); // a query takes processor time that the start needs

    /// <summary>The addresses in the report, and what their callers must know.</summary>
    internal sealed record Addresses(
        Backend Backend,
        EndpointReference Emulator,
        LambdaEmulatorKind LambdaEmulator,
        EndpointReference Handler,
        EndpointReference Gateway,
        EndpointReference? EventSource,
        IResource? DemoData,
        bool AccessRequired,
        string? QueryTables
    );

    protected override async Task WatchAsync(CancellationToken stoppingToken)
    {
        var gateway = await addresses.Gateway.GetValueAsync(stoppingToken);
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var expectsItems = await IsDemoDataWrittenAsync(stoppingToken);
        while (!await AnswersAsync(client, gateway + FirstQuery, expectsItems, stoppingToken))
            await Task.Delay(AskAgainAfter, stoppingToken);

        var found = new SystemAddresses
        {
            Endpoint = await AddressOfAsync(addresses.Backend.Endpoint, stoppingToken),
            Gateway = gateway,
            Handler = await AddressOfAsync(addresses.Handler, stoppingToken),
            EventSource = await AddressOfAsync(addresses.EventSource, stoppingToken),
            RequestsAtOnce = addresses.LambdaEmulator is LambdaEmulatorKind.TestTool ? 2 : null,
            QueryTables = addresses.QueryTables,
        };
        ShowReady(found, await addresses.Emulator.GetValueAsync(stoppingToken));
        using var announced = Announce(found);
        await Task.Delay(Timeout.Infinite, stoppingToken);
    }

    private void ShowReady(SystemAddresses found, string? emulator)
    {
        var hint = addresses switch
        {
            { AccessRequired: true } => " (with a token: add -H 'Authorization: Bearer <token>')",
            { DemoData: null, Backend.Endpoint: not null } =>
                " (there is no demo data: 'dotnet run --project NotifyQuery.Tools -- simulate-writes' writes some)",
            _ => "",
        };
        Console.WriteLine(
            $"""

            Ready after {lines.Elapsed.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture)} s.
              gateway    {found.Gateway}
              Handler    {found.Handler}
              Lambda     {emulator}
              DynamoDB   {found.Endpoint ?? "AWS"}
              dashboard  {DashboardLink() ?? "off"}

            Query through the gateway{hint}:
              curl '{found.Gateway}{FirstQuery}'

            Press Ctrl+C to stop.
            """
        );
    }

    /// <summary>The dashboard's address, with the login token. The names of the settings are Aspire's.</summary>
    private string? DashboardLink()
    {
        if ((configuration["ASPNETCORE_URLS"] ?? "").Split(';')[0] is not { Length: > 0 } address)
            return null;
        if (address.EndsWith(":0", StringComparison.Ordinal) && Dashboard() is { IsAllocated: true } allocated)
            address = allocated.Url;
        return configuration["AppHost:BrowserToken"] is { Length: > 0 } token ? $"{address}/login?t={token}" : address;
    }

    private EndpointReference? Dashboard() =>
        model
            .Resources.OfType<IResourceWithEndpoints>()
            .FirstOrDefault(resource => resource.Name == "aspire-dashboard")
            ?.GetEndpoints()
            .FirstOrDefault();

    private static IDisposable? Announce(SystemAddresses found)
    {
        try
        {
            return RunningSystems.OfUser.Announce(found);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.WriteLine($"The tools cannot find this system by themselves, pass the addresses to them: {exception.Message}");
            return null;
        }
    }

    private static async Task<string?> AddressOfAsync(EndpointReference? endpoint, CancellationToken cancellationToken) =>
        endpoint is null ? null : await endpoint.GetValueAsync(cancellationToken);

    /// <summary>
    /// Waits until the demo data is written. This avoids queries that find nothing: each query is a trace in the dashboard. False if there
    /// is no demo data, or if writing it failed.
    /// </summary>
    private async Task<bool> IsDemoDataWrittenAsync(CancellationToken cancellationToken)
    {
        if (addresses.DemoData is not { } writer)
            return false;
        var end = await notifications.WaitForResourceAsync(
            writer.Name,
            change => change.Snapshot.State?.Text is { } state && KnownResourceStates.TerminalStates.Contains(state),
            cancellationToken
        );
        return end.Snapshot.ExitCode == 0;
    }

    private async Task<bool> AnswersAsync(HttpClient client, string url, bool expectsItems, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(url, cancellationToken);
            // Without a token, only the Handler's 401 shows that it is ready: the gateway itself refuses no request.
            if (addresses.AccessRequired && response.StatusCode is HttpStatusCode.Unauthorized)
                return true;
            if (!response.IsSuccessStatusCode)
                return false;
            var page = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            return !expectsItems || page.GetProperty("count").GetInt32() > 0;
        }
        catch (Exception exception)
            when (exception is HttpRequestException or JsonException
                || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            return false; // not yet
        }
    }
}

/// <summary>Writes the lines of the report, each with the time since the start.</summary>
internal sealed class ReportLines(TextWriter output)
{
    private readonly long started = Stopwatch.GetTimestamp();

    /// <summary>The time since the start.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(started);

    /// <summary>Writes more lines to the previous entry.</summary>
    public void Write(string text) => output.Write(text);

    /// <summary>Writes the new state of a resource.</summary>
    public void Write(string resource, string what) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Elapsed.TotalSeconds, 6:F1} s  {resource, -22} {what}"));
}

internal static class StartupReportExtensions
{
    /// <summary>Adds the report, unless the system is started by a test.</summary>
    public static void AddStartupReport(
        this IDistributedApplicationBuilder builder,
        Settings settings,
        Backend backend,
        QueryTablesOfRun queryTables,
        IResourceBuilder<LambdaEmulatorResource> emulator,
        IResourceBuilder<ProjectResource> handler,
        IResourceBuilder<APIGatewayEmulatorResource> gateway,
        IResourceBuilder<ProjectResource>? eventSource,
        IResourceBuilder<ProjectResource>? demoData
    )
    {
        if (settings.IsTest)
            return;
        var lines = new ReportLines(Console.Out);
        Console.WriteLine(settings.Summary);
        builder.Services.AddSingleton(lines);
        builder.Services.AddSingleton(
            new StartupReport.Addresses(
                backend,
                emulator.GetEndpoint("http"),
                settings.LambdaEmulator,
                handler.GetEndpoint("http"),
                gateway.GetEndpoint("http"),
                eventSource?.GetEndpoint("http"),
                demoData?.Resource,
                settings.AccessRequired,
                queryTables.File?.Path
            )
        );
        builder.Services.AddHostedService<OrchestratorWatch>();
        builder.Services.AddHostedService<ResourceReport>();
        builder.Services.AddHostedService<StartupReport>();
    }
}
