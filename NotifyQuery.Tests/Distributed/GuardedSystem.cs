using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using NotifyQuery.Tests.Handler;

namespace NotifyQuery.Tests.Distributed;

/// <summary>One running system that requires tokens and allows an origin, with its telemetry collected.</summary>
public sealed class GuardedSystem : IAsyncLifetime
{
    public const string Origin = "https://app.example.com";

    private readonly CollectedTelemetry telemetry = new();

    public RunningSystem System { get; private set; } = null!;

    internal CollectedTelemetry Telemetry => telemetry;

    public async ValueTask InitializeAsync() => System = await RunningSystem.StartAsync(
        builder =>
        {
            var handler = builder.CreateResourceBuilder<ProjectResource>("handler");
            // What Aspire sets in development: the instrumentation leaves the values of a query string as they are.
            foreach (var resource in (string[])["handler", "Query"])
                builder.CreateResourceBuilder<ProjectResource>(resource)
                    .WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION", "true")
                    .WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION", "true");
            foreach (var (key, value) in Tokens.Settings) handler.WithEnvironment(key.Replace(":", "__", StringComparison.Ordinal), value);
        },
        "--NotifyQuery:Access:Required=true",
        $"--NotifyQuery:Cors:Origins={Origin}",
        $"--ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL={await telemetry.StartAsync()}");

    public async ValueTask DisposeAsync()
    {
        await System.DisposeAsync();
        await telemetry.DisposeAsync();
    }
}
