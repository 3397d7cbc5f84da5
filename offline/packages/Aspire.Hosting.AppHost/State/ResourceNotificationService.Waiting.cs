using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Waiting for a resource: for a state, for its health, and for all that another resource depends on.</summary>
public partial class ResourceNotificationService
{
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    public async Task<string> WaitForResourceAsync(string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(targetStates);
        var states = targetStates.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var reached = await WaitAsync(resourceName, state => state.Snapshot.State?.Text is { } text && states.Contains(text),
            $"to enter the state '{string.Join("' or '", states)}'", cancellationToken).ConfigureAwait(false);
        return reached.Snapshot.State!.Text;
    }

    public Task<ResourceEvent> WaitForResourceAsync(string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return WaitAsync(resourceName, predicate, "to meet the given condition", cancellationToken);
    }

    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, DefaultWaitBehavior, cancellationToken);

    public async Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        if (waitBehavior == WaitBehavior.StopOnResourceUnavailable
            && _services.GetService<DistributedApplicationModel>() is { } model && !model.Resources.TryGetByName(resourceName, out _))
        {
            throw new DistributedApplicationException(
                $"Stopped waiting for resource '{resourceName}' to become healthy because it does not exist in the application model.");
        }

        var healthy = await WaitAsync(resourceName, state => IsReady(state.Snapshot) || IsLost(state.Snapshot, waitBehavior),
            "to become healthy", cancellationToken).ConfigureAwait(false);
        if (!IsReady(healthy.Snapshot))
        {
            throw new DistributedApplicationException(
                $"Stopped waiting for resource '{resourceName}' to become healthy because it failed to start.");
        }

        await healthy.Snapshot.ReadyHandlers!.WaitAsync(cancellationToken).ConfigureAwait(false);
        return healthy;
    }

    public async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var waits = resource.Annotations.OfType<WaitAnnotation>().Where(wait => wait.Resource is not IResourceWithoutLifetime).ToList();
        if (waits.Count == 0)
            return;

        await PublishUpdateAsync(resource, snapshot => snapshot with { State = KnownResourceStates.Waiting }).ConfigureAwait(false);

        // One that is lost decides: the others may well never come to an end.
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pending = waits.ConvertAll(wait => WaitForAsync(resource, wait, lost.Token));
        try
        {
            while (pending.Count > 0)
            {
                var done = await Task.WhenAny(pending).ConfigureAwait(false);
                pending.Remove(done);
                await done.ConfigureAwait(false);
            }
        }
        finally
        {
            await lost.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private WaitBehavior DefaultWaitBehavior =>
        _services.GetService<IOptions<ResourceNotificationServiceOptions>>()?.Value.DefaultWaitBehavior ?? WaitBehavior.WaitOnResourceUnavailable;

    private static bool IsReady(CustomResourceSnapshot snapshot) =>
        snapshot.HealthStatus == HealthStatus.Healthy && snapshot.ReadyHandlers is not null;

    private static bool IsTerminal(CustomResourceSnapshot snapshot) =>
        snapshot.ExitCode is not null || (snapshot.State is { } state && KnownResourceStates.TerminalStates.Contains(state.Text));

    /// <summary>It will not come by itself any more, and the caller does not want to wait for a person to help.</summary>
    private static bool IsLost(CustomResourceSnapshot snapshot, WaitBehavior behavior) =>
        behavior == WaitBehavior.StopOnResourceUnavailable && snapshot.State is { } state
        && (KnownResourceStates.TerminalStates.Contains(state.Text) || state.Text == KnownResourceStates.RuntimeUnhealthy);

    private async Task WaitForAsync(IResource resource, WaitAnnotation wait, CancellationToken cancellationToken)
    {
        var log = _loggers.GetLogger(resource);
        var name = wait.Resource.Name;
        var behavior = wait.WaitBehavior ?? DefaultWaitBehavior;
        CustomResourceSnapshot snapshot;
        switch (wait.WaitType)
        {
            case WaitType.WaitForCompletion:
                log.LogInformation("Waiting for resource '{ResourceName}' to complete.", name);
                snapshot = (await WaitAsync(name, state => IsTerminal(state.Snapshot), "to reach a terminal state", cancellationToken).ConfigureAwait(false)).Snapshot;
                if (snapshot.State?.Text == KnownResourceStates.FailedToStart)
                    throw Stopped("it failed to start");
                if (snapshot.ExitCode is { } code && code != wait.ExitCode)
                    throw Stopped($"it entered the '{snapshot.State?.Text}' state with exit code '{code}', expected '{wait.ExitCode}'");
                break;

            case WaitType.WaitUntilStarted:
                log.LogInformation("Waiting for resource '{ResourceName}' to enter the '{State}' state.", name, KnownResourceStates.Running);
                snapshot = (await WaitAsync(name,
                    state => state.Snapshot.State?.Text == KnownResourceStates.Running || IsLost(state.Snapshot, behavior),
                    "to enter the state 'Running'", cancellationToken).ConfigureAwait(false)).Snapshot;
                ThrowIfLost(snapshot);
                break;

            default:
                log.LogInformation("Waiting for resource '{ResourceName}' to become healthy.", name);
                snapshot = (await WaitAsync(name, state => IsReady(state.Snapshot) || IsLost(state.Snapshot, behavior),
                    "to become healthy", cancellationToken).ConfigureAwait(false)).Snapshot;
                ThrowIfLost(snapshot);
                await snapshot.ReadyHandlers!.WaitAsync(cancellationToken).ConfigureAwait(false);
                break;
        }

        log.LogInformation("Finished waiting for resource '{ResourceName}'.", name);

        void ThrowIfLost(CustomResourceSnapshot last)
        {
            if (last.State?.Text == KnownResourceStates.FailedToStart)
                throw Stopped("it failed to start");
            if (IsLost(last, behavior))
                throw Stopped($"it entered the '{last.State?.Text}' state prematurely");
        }

        DistributedApplicationException Stopped(string reason)
        {
            var exception = new DistributedApplicationException(
                $"Resource '{resource.Name}' stopped waiting for dependency resource '{name}' because {reason}.");
            log.LogError("{Message}", exception.Message);
            return exception;
        }
    }

    private async Task<ResourceEvent> WaitAsync(string resourceName, Func<ResourceEvent, bool> predicate, string what, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(resourceName);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _lifetime.ApplicationStopping);
        try
        {
            await foreach (var state in WatchAsync(stop.Token).ConfigureAwait(false))
            {
                if (IsNamed(state, resourceName) && predicate(state))
                    return state;
            }
        }
        catch (OperationCanceledException)
        {
            // Falls through: who is waiting is told for what it waited in vain.
        }

        var last = TryGetCurrentState(resourceName, out var current) ? $"; its last state is '{current.Snapshot.State?.Text}'" : "";
        throw new OperationCanceledException($"Waiting for resource '{resourceName}' {what} was cancelled{last}.", stop.Token);
    }
}
