using System.Runtime.InteropServices;
using Amazon.Lambda.RuntimeSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NotifyQuery.ServiceDefaults;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace NotifyQuery.Lambdas;

/// <summary>Runs one function: its services, its telemetry, and a shutdown that lets the invocation in progress finish.</summary>
internal static partial class FunctionHost
{
    public static async Task RunAsync(
        Action<IServiceCollection, IConfiguration> configure,
        Func<IServiceProvider, LambdaBootstrapBuilder> createBootstrap
    )
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton(TimeProvider.System)
            .AddSingleton<InvocationGate>()
            .AddLogging(logging => AddConsole(logging.AddConfiguration(configuration.GetSection("Logging")), configuration))
            .AddFunctionTelemetry(configuration)
            .AddSingleton<Flush>(provider => provider.GetRequiredService<TracerProvider>().ForceFlush)
            .AddSingleton<Flush>(provider => provider.GetRequiredService<MeterProvider>().ForceFlush)
            .AddSingleton<Flush>(provider => provider.GetRequiredService<LoggerProvider>().ForceFlush)
            .AddSingleton(provider => new TelemetryFlush(
                provider.GetServices<Flush>(),
                configuration.ExportsTelemetry() && FlushesEachInvocation(configuration),
                TimeProvider.System
            ));
        configure(services, configuration);

        await using var provider = services.BuildServiceProvider();
        provider.StartTelemetry();
        var gate = provider.GetRequiredService<InvocationGate>();
        using var terminate = PosixSignalRegistration.Create(
            PosixSignal.SIGTERM,
            signal =>
            {
                signal.Cancel = true; // the process exits after the invocation in progress
                gate.Close();
            }
        );
        using var client = gate.CreateClient();
        using var bootstrap = createBootstrap(provider).UseHttpClient(client).Build();
        LogReady(provider.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(FunctionHost).FullName!));
        await bootstrap.RunAsync(gate.Closed);
    }

    // The AppHost waits for this line before it stops the process that this one replaces.
    [LoggerMessage(LogLevel.Information, "The function accepts invocations")]
    private static partial void LogReady(ILogger logger);

    /// <summary>
    /// Lambda's sandboxes freeze the process between invocations and set AWS_LAMBDA_INITIALIZATION_TYPE. Emulators do neither.
    /// </summary>
    private static bool FlushesEachInvocation(IConfiguration configuration) =>
        configuration.GetValue("Telemetry:FlushEachInvocation", !string.IsNullOrEmpty(configuration["AWS_LAMBDA_INITIALIZATION_TYPE"]));

    /// <summary>Logs plain text, or JSON if the function's log format is JSON. Both include the trace ids.</summary>
    private static void AddConsole(ILoggingBuilder logging, IConfiguration configuration)
    {
        logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        if (string.Equals(configuration["AWS_LAMBDA_LOG_FORMAT"], "JSON", StringComparison.OrdinalIgnoreCase))
            logging.AddJsonConsole(console =>
                (console.IncludeScopes, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, "O")
            );
        else
            logging.AddSimpleConsole(console => (console.IncludeScopes, console.SingleLine) = (true, true));
    }
}
