using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.AppHost;

/// <summary>
/// Background work from before the first resource starts until the system stops. A <see cref="BackgroundService"/> starts only when the
/// orchestrator has started everything, which is too late to see an earlier failure.
/// </summary>
internal abstract class Watcher(IHostApplicationLifetime lifetime, ILogger logger) : IHostedLifecycleService
{
    private Task running = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        running = RunAsync();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => running;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs until the token is cancelled.</summary>
    protected abstract Task WatchAsync(CancellationToken stoppingToken);

    private async Task RunAsync()
    {
        try
        {
            await WatchAsync(lifetime.ApplicationStopping);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The system is stopping: expected.
        }
        catch (Exception exception)
        {
            // The system runs without this watcher.
            logger.LogError(exception, "{Watcher} failed and no longer runs: use the dashboard instead", GetType().Name);
        }
    }
}
