using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.AppHost;

internal static class RunExtensions
{
    /// <summary>Prevents the host from reporting an interrupted start as a failure, with the stack trace of each resource.</summary>
    public static void HideCancelledStart(this IDistributedApplicationBuilder builder) =>
        builder
            .Services.AddOptions<LoggerFilterOptions>()
            .Configure<IServiceProvider>(
                (options, services) =>
                    options.Rules.Add(
                        new(
                            null,
                            "Microsoft.Extensions.Hosting.Internal.Host",
                            null,
                            // Resolved for each line: the service itself needs a logger when it is created.
                            (_, _, level) =>
                                level >= LogLevel.Warning
                                && !services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested
                        )
                    )
            );

    /// <summary>Runs the system until it is stopped. A stop during the start is a normal stop.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunToEndAsync(this DistributedApplication app)
    {
        var stopping = app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            await app.RunAsync();
        }
        catch (Exception exception) when (stopping.IsCancellationRequested && exception.GetBaseException() is OperationCanceledException)
        {
            // The system was still starting.
        }

        return 0;
    }
}
