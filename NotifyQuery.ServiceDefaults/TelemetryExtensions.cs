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

/// <summary>
/// Traces, metrics and logs over OTLP, configured with the OpenTelemetry environment variables (<c>OTEL_SERVICE_NAME</c>, …).
/// </summary>
public static class TelemetryExtensions
{
    /// <summary>
    /// Adds OpenTelemetry with the shared instrumentation of all processes. Nothing is exported unless <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>
    /// is set.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The configuration with the environment variables.</param>
    /// <param name="tracing">Additional tracing of the process.</param>
    /// <param name="resource">Additional resource attributes of the process.</param>
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
                builder.AddEnvironmentVariableDetector(); // the environment takes precedence here, too
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
                        options.Filter = context => !ServiceDefaultsExtensions.IsProbe(context.Request.Path);
                        options.RecordException = true;
                    })
                    .AddHttpClientInstrumentation(options => options.RecordException = true)
                    .AddProcessor(new QueryValueRedaction())
                    .LimitTraces(configuration);
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

    /// <summary>Starts the telemetry of a process without a host: from here on, spans, metrics and logs are recorded.</summary>
    public static IServiceProvider StartTelemetry(this IServiceProvider services)
    {
        services.GetRequiredService<TracerProvider>();
        services.GetRequiredService<MeterProvider>();
        services.GetRequiredService<LoggerProvider>();
        return services;
    }

    /// <summary>Whether telemetry is exported.</summary>
    public static bool ExportsTelemetry(this IConfiguration configuration) =>
        !string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);

    /// <summary>
    /// Sets the resource attributes by the semantic conventions. <c>OTEL_SERVICE_NAME</c> and <c>OTEL_RESOURCE_ATTRIBUTES</c> take
    /// precedence.
    /// </summary>
    /// <param name="resource">The resource.</param>
    /// <param name="configuration">The configuration with the environment variables.</param>
    /// <param name="name">The name of another service, if this process exports its telemetry.</param>
    public static ResourceBuilder AddThisService(this ResourceBuilder resource, IConfiguration configuration, string? name = null)
    {
        resource.AddServiceOfThisProgram(name);
        if ((configuration["DOTNET_ENVIRONMENT"] ?? configuration["ASPNETCORE_ENVIRONMENT"]) is { Length: > 0 } environment)
            resource.AddAttributes([new("deployment.environment.name", environment)]);
        // The environment describes this process. Another service has its own name and instance id.
        return name is null ? resource.AddEnvironmentVariableDetector() : resource;
    }

    /// <summary>Sets the service name and version.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="name">The name; null for the program's own name.</param>
    public static ResourceBuilder AddServiceOfThisProgram(this ResourceBuilder resource, string? name)
    {
        var program = System.Reflection.Assembly.GetEntryAssembly()?.GetName();
        return resource.AddService(name ?? program?.Name ?? "unknown_service", "notifyquery", program?.Version?.ToString(3));
    }
}
