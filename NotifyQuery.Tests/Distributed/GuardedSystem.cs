using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using NotifyQuery.Tests.Handler;

namespace NotifyQuery.Tests.Distributed;

/// <summary>One running system that requires tokens and allows an origin, with its telemetry collected.</summary>
public sealed class GuardedSystem : IAsyncLifetime
{
    public const string Origin = "https://app.example.com";

    private readonly CollectedTelemetry telemetry = new();

    public RunningSystem System { get; private set; } = null!;

    internal CollectedTelemetry Telemetry => telemetry;

    public async ValueTask InitializeAsync()
    {
        var receiver = await telemetry.StartAsync();
        System = await RunningSystem.StartAsync(Configure, "--NotifyQuery:Access:Required=true", $"--NotifyQuery:Cors:Origins={Origin}");

        void Configure(IDistributedApplicationTestingBuilder builder)
        {
            // A testing host without a dashboard names a gRPC receiver alone.
            foreach (var project in builder.Resources.OfType<ProjectResource>())
                builder
                    .CreateResourceBuilder(project)
                    .WithEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", receiver)
                    .WithEnvironment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
            var handler = builder.CreateResourceBuilder<ProjectResource>("handler");
            // What Aspire sets in development: the instrumentation leaves the values of a query string as they are.
            foreach (var resource in (string[])["handler", "Query"])
                builder
                    .CreateResourceBuilder<ProjectResource>(resource)
                    .WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION", "true")
                    .WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION", "true");
            foreach (var (key, value) in Tokens.Settings)
                handler.WithEnvironment(key.Replace(":", "__", StringComparison.Ordinal), value);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await System.DisposeAsync();
        await telemetry.DisposeAsync();
    }
}
