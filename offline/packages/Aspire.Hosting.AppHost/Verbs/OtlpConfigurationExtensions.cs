using System.Globalization;
using Aspire.Hosting.Dashboard;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

public enum OtlpProtocol
{
    Grpc = 0,
    HttpProtobuf = 1,
    HttpJson = 2,
}

public static class OtlpConfigurationExtensions
{
    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder) where T : IResourceWithEnvironment =>
        builder.WithExporter(null);

    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder, OtlpProtocol protocol) where T : IResourceWithEnvironment =>
        builder.WithExporter(protocol);

    private static IResourceBuilder<T> WithExporter<T>(this IResourceBuilder<T> builder, OtlpProtocol? protocol) where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        var configuration = builder.ApplicationBuilder.Configuration;
        var development = builder.ApplicationBuilder.Environment.IsDevelopment();
        return builder.WithAnnotation(new OtlpExporterAnnotation { RequiredProtocol = protocol }, ResourceAnnotationMutationBehavior.Replace)
            .WithEnvironment(context =>
            {
                var variables = context.EnvironmentVariables;
                if (Receiver(builder.ApplicationBuilder.Resources, configuration, protocol) is var (url, name))
                {
                    variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = url;
                    variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = name;
                    if (configuration["AppHost:OtlpApiKey"] is { Length: > 0 } key)
                        variables["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={key}";
                }

                variables["OTEL_SERVICE_NAME"] = context.Resource.Name;
                variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={context.Resource.InstanceSuffix()}";
                if (!development)
                    return;
                // What happened a second ago is what a developer looks for.
                const int Often = 1000;
                variables["OTEL_BLRP_SCHEDULE_DELAY"] = Often.ToString(CultureInfo.InvariantCulture);
                variables["OTEL_BSP_SCHEDULE_DELAY"] = Often.ToString(CultureInfo.InvariantCulture);
                variables["OTEL_METRIC_EXPORT_INTERVAL"] = Often.ToString(CultureInfo.InvariantCulture);
                variables["OTEL_TRACES_SAMPLER"] = "always_on";
                variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
                variables["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true";
            });
    }

    /// <summary>Read at the start of the resource: whoever receives telemetry may announce itself until then.</summary>
    private static (object Url, string Protocol)? Receiver(IResourceCollection resources, ConfigurationManager configuration, OtlpProtocol? wanted)
    {
        if (wanted is null or OtlpProtocol.Grpc && DashboardHost.Receiver(resources, DashboardHost.OtlpGrpcEndpoint) is { } dashboardGrpc)
            return (dashboardGrpc, "grpc");
        if (wanted is OtlpProtocol.HttpProtobuf && DashboardHost.Receiver(resources, DashboardHost.OtlpHttpEndpoint) is { } dashboardHttp)
            return (dashboardHttp, "http/protobuf");

        var grpc = First(configuration, "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "DOTNET_DASHBOARD_OTLP_ENDPOINT_URL");
        var http = First(configuration, "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", "DOTNET_DASHBOARD_OTLP_HTTP_ENDPOINT_URL");
        return wanted switch
        {
            OtlpProtocol.HttpProtobuf => http is null ? null : (http, "http/protobuf"),
            OtlpProtocol.HttpJson => http is null ? null : (http, "http/json"),
            OtlpProtocol.Grpc => grpc is null ? null : (grpc, "grpc"),
            _ => grpc is not null ? (grpc, "grpc") : http is not null ? (http, "http/protobuf") : null,
        };
    }

    private static string? First(ConfigurationManager configuration, params string[] keys) =>
        keys.Select(key => configuration[key]).FirstOrDefault(value => !string.IsNullOrEmpty(value));
}
