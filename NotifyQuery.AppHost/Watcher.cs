using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.AppHost;

/// <summary>
/// Work beside the orchestrator, from before the first resource starts until the system stops. A <see cref="BackgroundService"/> begins
/// only
/// when the orchestrator has started everything, which is too late for failures before that.
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

    /// <summary>Does the work until the token is cancelled.</summary>
    protected abstract Task WatchAsync(CancellationToken stoppingToken);

    private async Task RunAsync()
    {
        try
        {
            await WatchAsync(lifetime.ApplicationStopping);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The system is stopping: this is expected.
        }
        catch (Exception exception)
        {
            // The system runs without it.
            logger.LogError(exception, "{Watcher} failed and no longer runs: use the dashboard instead", GetType().Name);
        }
    }
}
