using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.ServiceDefaults;
using OpenTelemetry.Trace;

namespace NotifyQuery.Tools;

/// <summary>
/// The telemetry of a command, mainly the traces of its writes, if there is a receiver (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>).
/// </summary>
internal static class ToolTelemetry
{
    /// <summary>Starts telemetry; disposing exports the rest. Null if there is no receiver.</summary>
    public static ServiceProvider? Start()
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        if (!configuration.ExportsTelemetry())
            return null;
        var services = new ServiceCollection()
            .AddTelemetry(configuration, traces => traces.AddAWSInstrumentation(calls => calls.SuppressDownstreamInstrumentation = true))
            .BuildServiceProvider();
        services.StartTelemetry();
        return services;
    }
}
