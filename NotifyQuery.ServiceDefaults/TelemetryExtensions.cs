using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NotifyQuery.Core;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace NotifyQuery.ServiceDefaults;

/// <summary>Traces, metrics and logs over OTLP, as the OpenTelemetry environment variables say (<c>OTEL_SERVICE_NAME</c>, …).</summary>
public static class TelemetryExtensions
{
    /// <summary>
    /// Adds OpenTelemetry with the instrumentation that every process shares. Nothing is exported unless
    /// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">Where the variables are read from.</param>
    /// <param name="tracing">What the process adds to the tracing.</param>
    /// <param name="resource">What the process says of itself beside its name and its environment.</param>
    public static IServiceCollection AddTelemetry(
        this IServiceCollection services,
        IConfiguration configuration,
        Action<TracerProviderBuilder>? tracing = null,
        Action<ResourceBuilder>? resource = null
    )
    {
        var telemetry = services
            .AddOpenTelemetry()
            .ConfigureResource(builder =>
            {
                builder.AddThisService(configuration);
                if (resource is null)
                    return;
                resource(builder);
                builder.AddEnvironmentVariableDetector(); // what the environment says comes first, here too
            })
            .WithMetrics(metrics =>
                metrics.AddMeter(Telemetry.Name).AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation()
            )
            .WithTracing(traces =>
            {
                traces
                    .AddSource(Telemetry.Name)
                    .AddAspNetCoreInstrumentation(options =>
                    {
                        options.Filter = context => !HealthEndpoints.IsProbe(context.Request.Path);
                        options.RecordException = true;
                    })
                    .AddHttpClientInstrumentation(options => options.RecordException = true)
                    .AddProcessor(new QueryValueRedaction());
                tracing?.Invoke(traces);
            })
            .WithLogging(
                null,
                options =>
                {
                    options.IncludeFormattedMessage = true;
                    options.IncludeScopes = true;
                }
            );
        if (configuration.ExportsTelemetry())
            telemetry.UseOtlpExporter();
        return services;
    }

    /// <summary>Starts what was added where no host does: from here on spans, metrics and logs are taken.</summary>
    public static IServiceProvider StartTelemetry(this IServiceProvider services)
    {
        services.GetRequiredService<TracerProvider>();
        services.GetRequiredService<MeterProvider>();
        services.GetRequiredService<LoggerProvider>();
        return services;
    }

    /// <summary>Whether somebody receives telemetry.</summary>
    public static bool ExportsTelemetry(this IConfiguration configuration) =>
        !string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);

    /// <summary>
    /// Says who we are, by the semantic conventions. What <c>OTEL_SERVICE_NAME</c> and <c>OTEL_RESOURCE_ATTRIBUTES</c> say comes first.
    /// </summary>
    /// <param name="resource">The resource.</param>
    /// <param name="configuration">Where the environment is read from.</param>
    /// <param name="name">Another service in whose name this process speaks.</param>
    public static ResourceBuilder AddThisService(this ResourceBuilder resource, IConfiguration configuration, string? name = null)
    {
        resource.AddServiceOfThisProgram(name);
        if ((configuration["DOTNET_ENVIRONMENT"] ?? configuration["ASPNETCORE_ENVIRONMENT"]) is { Length: > 0 } environment)
            resource.AddAttributes([new("deployment.environment.name", environment)]);
        // In the name of another service, its id too is its own.
        return name is null ? resource.AddEnvironmentVariableDetector() : resource;
    }

    /// <summary>Says the service's name and its version.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="name">The name; null for the program's.</param>
    public static ResourceBuilder AddServiceOfThisProgram(this ResourceBuilder resource, string? name)
    {
        var program = System.Reflection.Assembly.GetEntryAssembly()?.GetName();
        return resource.AddService(name ?? program?.Name ?? "unknown_service", "notifyquery", program?.Version?.ToString(3));
    }
}
