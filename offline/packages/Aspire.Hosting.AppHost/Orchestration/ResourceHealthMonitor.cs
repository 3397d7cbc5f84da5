using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// Checks the health of whatever is in state Running, and announces with <see cref="ResourceReadyEvent"/> when it is healthy for the
/// first time.
/// </summary>
internal sealed class ResourceHealthMonitor(ResourceNotificationService notifications, IDistributedApplicationEventing eventing,
    HealthCheckService healthChecks, ResourceLoggerService loggers, IServiceProvider services, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan s_whileHealthy = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_unhealthyStep = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_unhealthyMost = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_startStep = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_startMost = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var monitored = new Dictionary<string, Monitor>(StringComparer.OrdinalIgnoreCase);
        var ended = new List<Monitor>();
        try
        {
            await foreach (var state in notifications.WatchAsync(stoppingToken).ConfigureAwait(false))
            {
                var isRunning = state.Snapshot.State?.Text == KnownResourceStates.Running;
                var isMonitored = monitored.TryGetValue(state.ResourceId, out var monitor);
                if (isRunning && !isMonitored)
                {
                    monitored.Add(state.ResourceId, Begin(state, stoppingToken));
                }
                else if (!isRunning && isMonitored)
                {
                    monitored.Remove(state.ResourceId);
                    await monitor!.Stop.CancelAsync().ConfigureAwait(false);
                    ended.Add(monitor);
                    ended.RemoveAll(one => one.Task.IsCompletedSuccessfully);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The application stops.
        }
        finally
        {
            await Task.WhenAll(ended.Concat(monitored.Values).Select(monitor => monitor.Task)).ConfigureAwait(false);
        }
    }

    private Monitor Begin(ResourceEvent running, CancellationToken stoppingToken)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        return new(Task.Run(() => MonitorAsync(running, stop.Token), CancellationToken.None), stop);
    }

    private async Task MonitorAsync(ResourceEvent running, CancellationToken cancellationToken)
    {
        var resource = running.Resource;
        var keys = resource.Annotations.OfType<HealthCheckAnnotation>().Select(check => check.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        try
        {
            if (keys.Count == 0)
            {
                await AnnounceAsync(running, cancellationToken).ConfigureAwait(false);
                return;
            }

            var wasHealthy = false;
            for (var unhealthy = 0; ; await Task.Delay(Pause(wasHealthy, unhealthy), time, cancellationToken).ConfigureAwait(false))
            {
                var report = await healthChecks.CheckHealthAsync(check => keys.Contains(check.Name), cancellationToken).ConfigureAwait(false);
                unhealthy = report.Status == HealthStatus.Healthy ? 0 : unhealthy + 1;
                await PublishAsync(running, report, cancellationToken).ConfigureAwait(false);
                if (report.Status != HealthStatus.Healthy || wasHealthy)
                    continue;
                wasHealthy = true;
                await AnnounceAsync(running, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It does not run any more.
        }
    }

    /// <summary>Short steps until the first success, so that who waits for it starts at once; then as rarely as the real one.</summary>
    private static TimeSpan Pause(bool wasHealthy, int unhealthy)
    {
        if (!wasHealthy)
            return Least(s_startStep * Math.Pow(1.2, unhealthy - 1), s_startMost);
        return unhealthy == 0 ? s_whileHealthy : Least(s_unhealthyStep * unhealthy, s_unhealthyMost);
    }

    private static TimeSpan Least(TimeSpan first, TimeSpan second) => first < second ? first : second;

    private Task PublishAsync(ResourceEvent running, HealthReport report, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        ImmutableArray<HealthReportSnapshot> reports =
        [
            .. report.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => new HealthReportSnapshot(entry.Key,
                entry.Value.Status, entry.Value.Description, entry.Value.Exception?.ToString()) { LastRunAt = now }),
        ];
        cancellationToken.ThrowIfCancellationRequested();
        return notifications.PublishUpdateAsync(running.Resource, running.ResourceId, snapshot => snapshot with { HealthReports = reports });
    }

    /// <summary>Those who wait for the health wait for the handlers, too, and see their failure; so it is not awaited here.</summary>
    private async Task AnnounceAsync(ResourceEvent running, CancellationToken cancellationToken)
    {
        var handlers = Task.Run(() => eventing.PublishAsync(new ResourceReadyEvent(running.Resource, services), cancellationToken), CancellationToken.None);
        await notifications.PublishUpdateAsync(running.Resource, running.ResourceId, snapshot => snapshot with { ReadyHandlers = handlers }).ConfigureAwait(false);
        await handlers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (handlers.IsFaulted)
            loggers.GetLogger(running.Resource).LogError(handlers.Exception.InnerException, "A handler of the resource's ready event failed.");
    }

    private sealed record Monitor(Task Task, CancellationTokenSource Stop);
}
