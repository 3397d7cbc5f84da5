using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>What the controllers of all resources share.</summary>
internal sealed record ControllerServices(ResourceNotificationService Notifications, ResourceLoggerService Loggers,
    IDistributedApplicationEventing Eventing, EndpointAllocator Endpoints, ProcessLauncher Processes, ContainerLauncher Containers,
    DistributedApplicationExecutionContext Context, IServiceProvider Provider, ILogger Logger);

/// <summary>Takes one resource through its life: start, run, end, and the commands in between.</summary>
internal sealed class ResourceController(IResource resource, ControllerServices services) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _gate = new();
    private CancellationTokenSource? _starting;
    private ResourceRun? _run;
    private Task _ending = Task.CompletedTask;
    private bool _stopWanted;

    public IResource Resource => resource;

    private ILogger Log => services.Loggers.GetLogger(resource);

    private bool IsRunning => _run is { Exited.IsCompleted: false };

    /// <summary>Returns when the resource runs, or has failed to: that shows in its state only.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (IsRunning)
                return;
            await _ending.ConfigureAwait(false);
            using var starting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            lock (_gate)
                _starting = starting;
            await TryStartAsync(starting.Token).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
                _starting = null;
            _turn.Release();
        }
    }

    /// <summary>Returns when nothing of the resource runs any more. A start that is under way, or still waiting, is given up.</summary>
    public async Task StopAsync(bool applicationStops, CancellationToken cancellationToken)
    {
        lock (_gate)
            _starting?.Cancel();
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_run is { } run && IsRunning)
            {
                _stopWanted = true;
                await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.Stopping }).ConfigureAwait(false);
                await run.StopAsync(applicationStops, cancellationToken).ConfigureAwait(false);
            }

            await _ending.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task TryStartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await StartCoreAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.Exited }).ConfigureAwait(false);
        }
        catch (ContainerRuntimeUnhealthyException exception)
        {
            await FailAsync(KnownResourceStates.RuntimeUnhealthy, exception).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // whatever fails, be it in a callback of the user, fails this resource and no other
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await FailAsync(KnownResourceStates.FailedToStart, exception).ConfigureAwait(false);
        }
    }

    private async Task StartCoreAsync(CancellationToken cancellationToken)
    {
        _stopWanted = false;
        services.Loggers.Reopen(resource);
        if (resource is IResourceWithConnectionString)
        {
            await services.Eventing.PublishAsync(new ConnectionStringAvailableEvent(resource, services.Provider), cancellationToken).ConfigureAwait(false);
        }

        await PublishAsync(snapshot => snapshot with
        {
            State = KnownResourceStates.Starting,
            ExitCode = null,
            StartTimeStamp = null,
            StopTimeStamp = null,
        }).ConfigureAwait(false);
        // Who waits for dependencies waits in a handler of this event.
        await services.Eventing.PublishAsync(new BeforeResourceStartedEvent(resource, services.Provider), cancellationToken).ConfigureAwait(false);
        await PublishAsync(snapshot => snapshot.State?.Text == KnownResourceStates.Waiting
            ? snapshot with { State = KnownResourceStates.Starting }
            : snapshot).ConfigureAwait(false);

        var configured = await ResourceConfiguration.EvaluateAsync(resource, services.Context, Log, cancellationToken).ConfigureAwait(false);
        var tail = new OutputTail();
        _run = resource is ContainerResource container
            ? await services.Containers.StartAsync(container, configured, Log, Printed, cancellationToken).ConfigureAwait(false)
            : await StartProcessAsync(configured, cancellationToken).ConfigureAwait(false);
        await PublishAsync(snapshot => snapshot with
        {
            State = KnownResourceStates.Running,
            Properties = Merged(snapshot.Properties, _run.Properties),
            EnvironmentVariables = [.. configured.Environment.Select(variable => new EnvironmentVariableSnapshot(variable.Key, variable.Value, IsFromSpec: true)
            {
                IsSecret = configured.Secrets.Contains(variable.Key),
            })],
            Urls = [.. snapshot.Urls.Select(url => url with { IsInactive = false })],
        }).ConfigureAwait(false);
        _ending = EndAsync(_run, tail);

        void Printed(string line, bool isError)
        {
            tail.Add(line);
            services.Loggers.Write(resource, line, isError);
        }

        Task<ResourceRun> StartProcessAsync(ResourceConfiguration configuration, CancellationToken stop)
        {
            services.Endpoints.LetGo(resource);
            return services.Processes.StartAsync(resource, configuration, Printed, stop);
        }
    }

    /// <summary>Waits for the end of the run and makes it known.</summary>
    private async Task EndAsync(ResourceRun run, OutputTail tail)
    {
        var exitCode = await run.Exited.ConfigureAwait(false);
        var failed = exitCode != 0 && !_stopWanted;
        if (failed)
            services.Logger.LogError("Resource '{Resource}' ended with exit code {ExitCode}. {Output}", resource.Name, exitCode, tail);
        services.Loggers.Write(resource, FormattableString.Invariant($"(ended with exit code {exitCode})"), failed);
        await PublishAsync(snapshot => snapshot with
        {
            State = exitCode == 0 ? KnownResourceStates.Finished : KnownResourceStates.Exited,
            ExitCode = exitCode,
        }).ConfigureAwait(false);
        await AnnounceEndAsync().ConfigureAwait(false);
    }

    private async Task AnnounceEndAsync()
    {
        if (!services.Notifications.TryGetCurrentState(resource.InstanceId(), out var last))
            return;
        services.Loggers.Complete(resource);
        try
        {
            await services.Eventing.PublishAsync(new ResourceStoppedEvent(resource, services.Provider, last), CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // a handler's failure must not keep the resource from ending
        catch (Exception exception)
#pragma warning restore CA1031
        {
            services.Logger.LogError(exception, "A handler of the stopped event of resource '{Resource}' failed.", resource.Name);
        }
    }

    private async Task FailAsync(string state, Exception exception)
    {
        services.Logger.LogError("Resource '{Resource}' failed to start: {Reason}", resource.Name, exception.Message);
        // The place of a failure in our own or in the user's code helps its author only; a message that was made for people is enough.
        if (exception is DistributedApplicationException)
            Log.LogError("Failed to start: {Reason}", exception.Message);
        else
            Log.LogError(exception, "Failed to start.");
        await PublishAsync(snapshot => snapshot with { State = new(state, KnownResourceStateStyles.Error) }).ConfigureAwait(false);
        await AnnounceEndAsync().ConfigureAwait(false);
    }

    private Task PublishAsync(Func<CustomResourceSnapshot, CustomResourceSnapshot> change) => services.Notifications.PublishUpdateAsync(resource, change);

    private static ImmutableArray<ResourcePropertySnapshot> Merged(ImmutableArray<ResourcePropertySnapshot> old, IReadOnlyList<ResourcePropertySnapshot> added) =>
        [.. old.Where(property => added.All(other => other.Name != property.Name)), .. added];
}
