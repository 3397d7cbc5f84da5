using Aspire.Hosting.Orchestration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>
/// Adds the dashboard to the model, as its first resource: a process of its own (offline/tools/Aspire.Dashboard), which receives the
/// telemetry of all others and asks this one about them.
/// </summary>
internal static class DashboardHost
{
    public const string ResourceName = "aspire-dashboard";
    public const string OtlpGrpcEndpoint = "otlp-grpc";
    public const string OtlpHttpEndpoint = "otlp-http";

    private const string FrontendEndpoint = "http";
    private const string HealthCheck = ResourceName + "_check";

    public static void AddTo(DistributedApplicationBuilder builder, DistributedApplicationOptions options)
    {
        var settings = new DashboardSettings(builder.Configuration, options);
        var services = builder.Services;
        services.AddSingleton(settings);
        services.AddSingleton<ResourceService>();
        services.AddHostedService(provider => provider.GetRequiredService<ResourceService>());
        // What fails to start can be started again by hand: who waits for it goes on waiting.
        services.Configure<ResourceNotificationServiceOptions>(waiting => waiting.DefaultWaitBehavior = WaitBehavior.WaitOnResourceUnavailable);

        var path = AppHostMetadata.DashboardPath;
        var resource = new ExecutableResource(ResourceName, DotNetHost.Path, Path.GetDirectoryName(path)!);
        var frontend = new EndpointReference(resource, FrontendEndpoint);
        services.AddHealthChecks().Add(new HealthCheckRegistration(HealthCheck,
            provider => new HttpHealthCheck(frontend, "/health", 200, provider.GetRequiredService<IHttpClientFactory>()), null, null));
        builder.OnBeforeStart((start, _) =>
        {
            Configure(builder.CreateResourceBuilder(resource), path, settings, options, start.Services);
            builder.Resources.Insert(0, resource);
            return Task.CompletedTask;
        });
    }

    /// <summary>Where telemetry goes while the dashboard runs; null without it.</summary>
    public static EndpointReference? Receiver(IResourceCollection resources, string endpoint) =>
        resources.TryGetByName(ResourceName, out var resource) && resource is IResourceWithEndpoints dashboard ? dashboard.GetEndpoint(endpoint) : null;

    private static void Configure(IResourceBuilder<ExecutableResource> dashboard, string path, DashboardSettings settings,
        DistributedApplicationOptions options, IServiceProvider services)
    {
        if (!File.Exists(path))
            throw new DistributedApplicationException($"The dashboard is not built: '{path}' does not exist. Rebuild the solution.");
        var builder = dashboard.ApplicationBuilder;
        var resourceService = services.GetRequiredService<ResourceService>();
        var flow = Path.Combine(builder.AppHostDirectory, "flow.json");
        dashboard
            .WithArgs(path)
            .WithAddress(FrontendEndpoint, settings.Frontend, "ASPNETCORE_URLS")
            .WithAddress(OtlpGrpcEndpoint, settings.OtlpGrpc, "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL")
            .WithAddress(OtlpHttpEndpoint, settings.OtlpHttp, "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL")
            .WithHealthCheck(HealthCheck)
            .WithEnvironment(context =>
            {
                var variables = context.EnvironmentVariables;
                variables["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = resourceService.Address;
                variables["DASHBOARD__RESOURCESERVICECLIENT__AUTHMODE"] = "ApiKey";
                variables["DASHBOARD__RESOURCESERVICECLIENT__APIKEY"] = settings.ResourceServiceApiKey;
                variables["DASHBOARD__APPLICATIONNAME"] = options.DashboardApplicationName ?? ApplicationName(builder);
                variables["DASHBOARD__FLOWFILE"] = File.Exists(flow) ? flow : "";
                variables["ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS"] = settings.IsAnonymous ? "true" : "false";
                variables["DASHBOARD__FRONTEND__AUTHMODE"] = settings.IsAnonymous ? "Unsecured" : "BrowserToken";
                variables["DASHBOARD__FRONTEND__BROWSERTOKEN"] = settings.BrowserToken ?? "";
                variables["DASHBOARD__OTLP__AUTHMODE"] = settings.IsAnonymous ? "Unsecured" : "ApiKey";
                variables["DASHBOARD__OTLP__PRIMARYAPIKEY"] = settings.OtlpApiKey ?? "";
            })
            .OnResourceReady((_, _, _) =>
            {
                Announce(services.GetRequiredService<ILogger<DistributedApplication>>(), dashboard.Resource, settings);
                return Task.CompletedTask;
            });
        if (!settings.IsShown)
            dashboard.WithHidden();
    }

    /// <summary>The address as it is in the settings, with the port that it has been given.</summary>
    private static IResourceBuilder<ExecutableResource> WithAddress(this IResourceBuilder<ExecutableResource> builder, string name, Uri? address, string variable)
    {
        var endpoint = builder.Resource.GetEndpoint(name);
        return builder
            .WithEndpoint(name, annotation =>
            {
                annotation.UriScheme = "http";
                annotation.TargetHost = address?.Host ?? "localhost";
                annotation.Port = address is { Port: > 0 } ? address.Port : null;
            })
            .WithEnvironment(context => context.EnvironmentVariables[variable] = Url(endpoint));
    }

    /// <summary>By the name under which it was asked for: a cookie for 127.0.0.1 is none for localhost.</summary>
    private static string Url(EndpointReference endpoint) =>
        FormattableString.Invariant($"http://{endpoint.EndpointAnnotation.TargetHost}:{endpoint.Port}");

    private static string ApplicationName(IDistributedApplicationBuilder builder)
    {
        const string Suffix = ".AppHost";
        var name = builder.Environment.ApplicationName;
        return name.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) ? name[..^Suffix.Length] : name;
    }

    /// <summary>Tools read these lines to open a browser: the wording is not ours to change.</summary>
    private static void Announce(ILogger logger, ExecutableResource dashboard, DashboardSettings settings)
    {
        var url = Url(dashboard.GetEndpoint(FrontendEndpoint));
        logger.LogInformation("Now listening on: {DashboardUrl}", url);
        if (settings.BrowserToken is { } token)
            logger.LogInformation("Login to the dashboard at {DashboardLoginUrl}", $"{url}/login?t={token}");
    }
}
