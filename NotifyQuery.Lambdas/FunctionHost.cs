using System.Runtime.InteropServices;
using Amazon.Lambda.RuntimeSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NotifyQuery.ServiceDefaults;
using OpenTelemetry.Instrumentation.AWSLambda;

namespace NotifyQuery.Lambdas;

/// <summary>Runs one function: its services, its telemetry, and a stop that lets the invocation under way finish.</summary>
internal static class FunctionHost
{
    public static async Task RunAsync(
        Action<IServiceCollection, IConfiguration> configure, Func<IServiceProvider, InvocationGate, LambdaBootstrapBuilder> createBootstrap)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton(TimeProvider.System)
            .AddLogging(logging => logging.AddSimpleConsole(console => console.SingleLine = true))
            .AddTelemetry(configuration, tracing => tracing.AddAWSLambdaConfigurations());
        configure(services, configuration);

        await using var provider = services.BuildServiceProvider();
        using var gate = new InvocationGate();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true; // the process ends by itself, once the invocation under way is answered
            gate.Close();
        });
        using var bootstrap = createBootstrap(provider, gate).Build();
        await bootstrap.RunAsync(gate.Closed);
    }
}
