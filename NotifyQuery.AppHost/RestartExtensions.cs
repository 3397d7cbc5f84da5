using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.AppHost;

internal static class RestartExtensions
{
    /// <summary>
    /// Restarts the process when it crashes or is killed, as Lambda and Kubernetes do. A process that ends by itself (exit code 0), or that
    /// a command stops, stays stopped. A process that crashes more than five times in a minute stays failed, with an error.
    /// </summary>
    public static IResourceBuilder<T> WithRestart<T>(this IResourceBuilder<T> builder)
        where T : IResource
    {
        builder.ApplicationBuilder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, CrashRestarts>());
        return builder.WithAnnotation(new RestartAnnotation(), ResourceAnnotationMutationBehavior.Replace);
    }
}

/// <summary>Marks a resource that is restarted after a crash.</summary>
internal sealed class RestartAnnotation : IResourceAnnotation;

/// <summary>
/// Watches the states of the resources and owns the running restarts. The exit code does not distinguish a crash from a stop: DCP reports
/// -1 for every end by a signal. The state before the end does: a resource that is stopped or restarted on purpose is Stopping first.
/// </summary>
internal sealed class CrashRestarts(
    ResourceNotificationService notifications,
    ResourceCommandService commands,
    IHostApplicationLifetime lifetime,
    ILogger<CrashRestarts> logger
) : Watcher(lifetime, logger)
{
    private const int MostCrashes = 5;
    private static readonly TimeSpan CrashWindow = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<IResource, Queue<long>> crashes = [];
    private readonly Dictionary<IResource, Task> restarts = [];

    protected override async Task WatchAsync(CancellationToken stoppingToken)
    {
        var before = new Dictionary<string, string?>(StringComparer.Ordinal);
        try
        {
            await foreach (var change in notifications.WatchAsync(stoppingToken))
            {
                if (!change.Resource.Annotations.OfType<RestartAnnotation>().Any())
                    continue;

                var last = before.GetValueOrDefault(change.ResourceId);
                before[change.ResourceId] = change.Snapshot.State?.Text;
                var asked = last == KnownResourceStates.Stopping;
                if (
                    !asked
                    && !HasEnded(last)
                    && HasEnded(change.Snapshot.State?.Text)
                    && change.Snapshot.ExitCode is { } exitCode and not 0
                )
                {
                    OnCrashed(change, exitCode, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The system is stopping: no restart.
        }

        await Task.WhenAll(restarts.Values);
    }

    private static bool HasEnded(string? state) => state is not null && KnownResourceStates.TerminalStates.Contains(state);

    private void OnCrashed(ResourceEvent end, int exitCode, CancellationToken cancellationToken)
    {
        var resource = end.Resource;
        if (!crashes.TryGetValue(resource, out var recent))
            crashes[resource] = recent = new();
        recent.Enqueue(TimeProvider.System.GetTimestamp());
        while (TimeProvider.System.GetElapsedTime(recent.Peek()) > CrashWindow)
            recent.Dequeue();
        if (recent.Count > MostCrashes)
        {
            logger.LogError("{Resource} crashed {Crashes} times in a minute: it is not restarted any more", resource.Name, recent.Count);
            return;
        }

        logger.LogWarning("{Resource} ended with exit code {ExitCode}: restarting it", resource.Name, exitCode);
        // One restart at a time: a resource cannot crash again before it was restarted.
        restarts[resource] = RestartAsync(end, FirstDelay * Math.Pow(2, recent.Count - 1), cancellationToken);
    }

    private async Task RestartAsync(ResourceEvent end, TimeSpan delay, CancellationToken cancellationToken)
    {
        var resource = end.Resource;
        try
        {
            await Task.Delay(delay, cancellationToken);
            // Something else may have started it in the meantime.
            if (notifications.TryGetCurrentState(end.ResourceId, out var now) && !HasEnded(now.Snapshot.State?.Text))
                return;

            var result = await commands.ExecuteCommandAsync(resource, KnownResourceCommands.StartCommand, cancellationToken);
            if (result is { Success: false, Canceled: false })
                logger.LogError("{Resource} could not be restarted: {Reason}", resource.Name, result.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The system is stopping: no restart.
        }
        catch (Exception exception)
        {
            // Nobody awaits this task before the system stops.
            logger.LogError(exception, "{Resource} could not be restarted", resource.Name);
        }
    }
}
