using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using NotifyQuery.AppHost.Backends;

namespace NotifyQuery.AppHost;

/// <summary>
/// The processes and containers of the resources. Ends those that are left when the orchestrator was killed together with its monitors, for
/// example by <c>pkill -9 dcp</c>. Without that they would run on, and hold the ports that the next start needs.
/// </summary>
internal sealed class RunningResources
{
    private static readonly TimeSpan ContainerTimeout = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, (int Id, DateTime Started)> processes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> containers = new(StringComparer.Ordinal);

    /// <summary>Follows the resources until the token is cancelled.</summary>
    public async Task FollowAsync(ResourceNotificationService notifications, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in notifications.WatchAsync(cancellationToken))
            {
                if (PropertyOf(change.Snapshot, "executable.pid") is { } id)
                    AddProcess(change.ResourceId, Convert.ToInt32(id, CultureInfo.InvariantCulture));
                if (PropertyOf(change.Snapshot, "container.id") is string container)
                    AddContainer(change.ResourceId, container);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Nothing is left to follow.
        }
    }

    /// <summary>Adds the current process of a resource.</summary>
    internal void AddProcess(string resourceId, int processId)
    {
        // The start time tells the process from a later one that gets the same id.
        if (StartOf(processId) is { } started)
            processes[resourceId] = (processId, started);
    }

    /// <summary>Adds the current container of a resource.</summary>
    internal void AddContainer(string resourceId, string containerId) => containers[resourceId] = containerId;

    /// <summary>Waits until the processes have ended, kills those that have not, and removes the containers.</summary>
    /// <param name="timeout">How long to wait for the orchestrator's monitors to end the processes.</param>
    /// <param name="containerRuntime">The command of the container runtime; null if there are no containers.</param>
    public async Task EndAsync(TimeSpan timeout, string? containerRuntime)
    {
        using var expired = new CancellationTokenSource(timeout);
        await Task.WhenAll(processes.Values.Select(each => EndAsync(each.Id, each.Started, expired.Token)));
        if (containerRuntime is not null)
            foreach (var container in containers.Values)
                CommandLine.Run(containerRuntime, ContainerTimeout, "rm", "--force", container);
    }

    private static async Task EndAsync(int id, DateTime started, CancellationToken cancellationToken)
    {
        if (StartOf(id) != started)
            return;
        try
        {
            using var process = Process.GetProcessById(id);
            try
            {
                await process.WaitForExitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // The process has ended meanwhile.
        }
    }

    private static DateTime? StartOf(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.StartTime;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return null; // the process has ended
        }
    }

    private static object? PropertyOf(CustomResourceSnapshot snapshot, string name) =>
        snapshot.Properties.FirstOrDefault(property => property.Name == name)?.Value;
}
