using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.AppHost;

internal static class RestartExtensions
{
    /// <summary>
    /// Starts the process again when it crashes, as Lambda and Kubernetes would. A process that ends by itself (exit code 0) or is
    /// stopped stays ended; one that crashes more than five times in a minute is left as failed, with an error.
    /// </summary>
    public static IResourceBuilder<T> WithRestart<T>(this IResourceBuilder<T> builder)
        where T : IResource
    {
        builder.ApplicationBuilder.Services.TryAddSingleton<CrashRestarts>();
        builder.ApplicationBuilder.Services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IHostedService, CrashRestarts>(services => services.GetRequiredService<CrashRestarts>()));
        return builder.OnResourceStopped((resource, stopped, _) =>
        {
            if (stopped.ResourceEvent.Snapshot.ExitCode is { } exitCode) stopped.Services.GetRequiredService<CrashRestarts>().OnStopped(resource, exitCode);
            return Task.CompletedTask;
        });
    }
}

/// <summary>Owns the restarts under way: the end of a resource is not told to its end while a handler of it still runs.</summary>
internal sealed class CrashRestarts(ResourceCommandService commands, ILogger<CrashRestarts> logger) : IHostedService, IDisposable
{
    private const int MostCrashes = 5;
    private const int Terminated = 143; // ended by SIGTERM: somebody asked for it
    private static readonly TimeSpan CrashWindow = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentDictionary<IResource, Queue<long>> crashes = new();
    private readonly ConcurrentDictionary<IResource, Task> restarts = new();

    public void OnStopped(IResource resource, int exitCode)
    {
        if (exitCode is 0 or Terminated || stopping.IsCancellationRequested) return;

        var recent = crashes.GetOrAdd(resource, _ => new());
        recent.Enqueue(TimeProvider.System.GetTimestamp());
        while (TimeProvider.System.GetElapsedTime(recent.Peek()) > CrashWindow) recent.Dequeue();
        if (recent.Count > MostCrashes)
        {
            logger.LogError("{Resource} crashed {Crashes} times in a minute: it stays ended", resource.Name, recent.Count);
            return;
        }

        logger.LogWarning("{Resource} ended with exit code {ExitCode}: it is started again", resource.Name, exitCode);
        // One at a time: a resource cannot crash again before it was started again.
        restarts[resource] = RestartAsync(resource, FirstDelay * Math.Pow(2, recent.Count - 1));
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await Task.WhenAll(restarts.Values).WaitAsync(cancellationToken);
    }

    public void Dispose() => stopping.Dispose();

    private async Task RestartAsync(IResource resource, TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, stopping.Token);
            var result = await commands.ExecuteCommandAsync(resource, KnownResourceCommands.StartCommand, stopping.Token);
            if (result is { Success: false, Canceled: false }) logger.LogError("{Resource} could not be started again: {Reason}", resource.Name, result.Message);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The system stops: what ended stays ended.
        }
    }
}
