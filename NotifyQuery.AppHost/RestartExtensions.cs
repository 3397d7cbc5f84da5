using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.AppHost;

internal static class RestartExtensions
{
    private const int MostCrashes = 5;
    private const int Terminated = 143; // ended by SIGTERM: somebody asked for it
    private static readonly TimeSpan CrashWindow = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Starts the process again when it crashes, as Lambda and Kubernetes would. A process that ends by itself (exit code 0) or is
    /// stopped stays ended; one that crashes more than five times in a minute is left as failed, with a warning.
    /// </summary>
    public static IResourceBuilder<T> WithRestart<T>(this IResourceBuilder<T> builder)
        where T : IResource
    {
        var crashes = new Queue<long>();
        return builder.OnResourceStopped(async (resource, stopped, cancellationToken) =>
        {
            var application = stopped.Services.GetRequiredService<IHostApplicationLifetime>();
            if (application.ApplicationStopping.IsCancellationRequested) return;
            if (stopped.ResourceEvent.Snapshot is not { ExitCode: { } exitCode and not (0 or Terminated) }) return;

            var logger = stopped.Services.GetRequiredService<ResourceLoggerService>().GetLogger(resource);
            crashes.Enqueue(TimeProvider.System.GetTimestamp());
            while (TimeProvider.System.GetElapsedTime(crashes.Peek()) > CrashWindow) crashes.Dequeue();
            if (crashes.Count > MostCrashes)
            {
                logger.LogError("{Resource} crashed {Crashes} times in a minute: it stays ended", resource.Name, crashes.Count);
                return;
            }

            logger.LogWarning("{Resource} ended with exit code {ExitCode}: it is started again", resource.Name, exitCode);
            await Task.Delay(FirstDelay * Math.Pow(2, crashes.Count - 1), cancellationToken);
            var result = await stopped.Services.GetRequiredService<ResourceCommandService>()
                .ExecuteCommandAsync(resource, KnownResourceCommands.StartCommand, cancellationToken);
            if (!result.Success) logger.LogError("{Resource} could not be started again: {Reason}", resource.Name, result.Message);
        });
    }
}
