using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NotifyQuery.Core;
using OpenTelemetry;
using OpenTelemetry.Metrics;
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
    public static IServiceCollection AddTelemetry(
        this IServiceCollection services, IConfiguration configuration, Action<TracerProviderBuilder>? tracing = null)
    {
        var telemetry = services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddMeter(Telemetry.Name)
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation())
            .WithTracing(traces =>
            {
                traces.AddSource(Telemetry.Name)
                    .AddAspNetCoreInstrumentation(options => options.Filter = context => !HealthEndpoints.IsProbe(context.Request.Path))
                    .AddHttpClientInstrumentation()
                    .AddAWSInstrumentation();
                tracing?.Invoke(traces);
            });
        services.AddLogging(logging => logging.AddOpenTelemetry(options =>
        {
            options.IncludeFormattedMessage = true;
            options.IncludeScopes = true;
        }));
        if (!string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) telemetry.UseOtlpExporter();
        return services;
    }
}
