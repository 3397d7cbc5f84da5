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
    public static IServiceCollection AddTelemetry(
        this IServiceCollection services, IConfiguration configuration, Action<TracerProviderBuilder>? tracing = null)
    {
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddThisService(configuration))
            .WithMetrics(metrics => metrics
                .AddMeter(Telemetry.Name)
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation())
            .WithTracing(traces =>
            {
                traces.AddSource(Telemetry.Name)
                    .AddAspNetCoreInstrumentation(options =>
                    {
                        options.Filter = context => !HealthEndpoints.IsProbe(context.Request.Path);
                        options.RecordException = true;
                    })
                    .AddHttpClientInstrumentation(options =>
                    {
                        options.FilterHttpRequestMessage = request => !IsLambdaRuntime(request.RequestUri);
                        options.RecordException = true;
                    })
                    // The call is the span; the HTTP below it would say the same again.
                    .AddAWSInstrumentation(options => options.SuppressDownstreamInstrumentation = true)
                    .AddProcessor(new QueryValueRedaction());
                tracing?.Invoke(traces);
            })
            .WithLogging(null, options =>
            {
                options.IncludeFormattedMessage = true;
                options.IncludeScopes = true;
            });
        if (configuration.ExportsTelemetry()) telemetry.UseOtlpExporter();
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

    /// <summary>A function asks its runtime for the next event and tells it the answer: both belong to no request of anybody's.</summary>
    private static bool IsLambdaRuntime(Uri? address) =>
        address is { IsAbsoluteUri: true } && address.AbsolutePath.Contains("/2018-06-01/runtime/", StringComparison.Ordinal);

    /// <summary>Whether somebody receives telemetry.</summary>
    public static bool ExportsTelemetry(this IConfiguration configuration) => !string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);

    /// <summary>
    /// Says who we are, by the semantic conventions. What <c>OTEL_SERVICE_NAME</c> and <c>OTEL_RESOURCE_ATTRIBUTES</c> say comes first.
    /// </summary>
    /// <param name="resource">The resource.</param>
    /// <param name="configuration">Where the environment is read from.</param>
    /// <param name="name">Another service in whose name this process speaks.</param>
    public static ResourceBuilder AddThisService(this ResourceBuilder resource, IConfiguration configuration, string? name = null)
    {
        var program = System.Reflection.Assembly.GetEntryAssembly()?.GetName();
        resource.AddService(
            name ?? configuration["AWS_LAMBDA_FUNCTION_NAME"] ?? program?.Name ?? "unknown_service", "notifyquery", program?.Version?.ToString(3));
        var attributes = new Dictionary<string, object>();
        Add("deployment.environment.name", configuration["DOTNET_ENVIRONMENT"] ?? configuration["ASPNETCORE_ENVIRONMENT"]);
        if (name is null && configuration["AWS_LAMBDA_FUNCTION_NAME"] is { Length: > 0 } function)
        {
            Add("cloud.provider", "aws");
            Add("cloud.platform", "aws_lambda");
            Add("cloud.region", configuration["AWS_REGION"]);
            Add("faas.name", function);
            Add("faas.version", configuration["AWS_LAMBDA_FUNCTION_VERSION"]);
            Add("faas.instance", configuration["AWS_LAMBDA_LOG_STREAM_NAME"]);
        }

        resource.AddAttributes(attributes);
        // In the name of another service, its id too is its own.
        return name is null ? resource.AddEnvironmentVariableDetector() : resource;

        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value)) attributes[key] = value;
        }
    }
}
