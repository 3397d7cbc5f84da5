using Aspire.Hosting.Dashboard;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Starts the resources of the model, and stops them in the reverse order of their dependencies.</summary>
internal sealed class ApplicationOrchestrator : IHostedService, IAsyncDisposable
{
    /// <summary>All in all, for a graceful end. Then the orchestration process ends what is left.</summary>
    private static readonly TimeSpan s_gracefulStop = TimeSpan.FromSeconds(9);

    private static readonly TimeSpan s_runtimeRetry = TimeSpan.FromMilliseconds(500);

    private readonly DistributedApplicationModel _model;
    private readonly ResourceNotificationService _notifications;
    private readonly ResourceLoggerService _loggers;
    private readonly DistributedApplicationEventing _eventing;
    private readonly OrchestrationProcess _process;
    private readonly EndpointAllocator _endpoints;
    private readonly ContainerRuntime _containers;
    private readonly ControllerServices _controllerServices;
    private readonly IConfiguration _configuration;
    private readonly ILogger<ApplicationOrchestrator> _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<IResource, ResourceController> _controllers = [];
    private bool _disposed;

    public ApplicationOrchestrator(DistributedApplicationModel model, ResourceNotificationService notifications, ResourceLoggerService loggers,
        DistributedApplicationEventing eventing, OrchestrationProcess process, EndpointAllocator endpoints, ProcessLauncher processes,
        ContainerRuntime containers, ContainerLauncher containerLauncher, DistributedApplicationExecutionContext context, IConfiguration configuration,
        IServiceProvider services, TimeProvider time, ILogger<ApplicationOrchestrator> logger)
    {
        _model = model;
        _notifications = notifications;
        _loggers = loggers;
        _eventing = eventing;
        _process = process;
        _endpoints = endpoints;
        _containers = containers;
        _configuration = configuration;
        _time = time;
        _logger = logger;
        _controllerServices = new(notifications, loggers, eventing, endpoints, processes, containerLauncher, context, services, logger);
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using var start = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        // After the callbacks of the AppHost, which are subscribed by now: they run before the wait for dependencies.
        _eventing.Subscribe<BeforeResourceStartedEvent>(WaitForDependenciesAsync);
        _eventing.Subscribe<ResourceEndpointsAllocatedEvent>((allocated, token) => PublishUrlsAsync(allocated.Resource, token));
        await InitializeAsync(start.Token).ConfigureAwait(false);
        await AllocateEndpointsAsync(start.Token).ConfigureAwait(false);
        await PublishParametersAsync(start.Token).ConfigureAwait(false);
        await AwaitContainerRuntimeAsync(start.Token).ConfigureAwait(false);
        await Task.WhenAll(_controllers.Values
            .Where(controller => !controller.Resource.HasAnnotationOfType<ExplicitStartupAnnotation>())
            .Select(controller => Task.Run(() => controller.StartAsync(start.Token), CancellationToken.None))).ConfigureAwait(false);
        start.Token.ThrowIfCancellationRequested();
        await _eventing.PublishAsync(new AfterResourcesCreatedEvent(_controllerServices.Provider, _model), start.Token).ConfigureAwait(false);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_gracefulStop);
        try
        {
            // The dashboard last: the others' last telemetry goes there.
            var dashboard = _model.Resources.Where(resource => resource.Name == DashboardHost.ResourceName).ToList();
            await new StopOrder(_model.Resources.Except(dashboard), StopOneAsync).RunAsync(limit.Token).ConfigureAwait(false);
            foreach (var resource in dashboard)
                await StopOneAsync(resource, limit.Token).ConfigureAwait(false);
            await _eventing.SettleAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _logger.LogWarning("Not everything has stopped in time; the rest is killed.");
        }

        await DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _process.DisposeAsync().ConfigureAwait(false);
        foreach (var controller in _controllers.Values)
            controller.Dispose();
        _endpoints.Dispose();
        _stopping.Dispose();
    }

    public async Task<ExecuteCommandResult> StartAsync(IResource resource, CancellationToken cancellationToken)
    {
        // A person who starts what still waits does not want to wait.
        if (_notifications.TryGetCurrentState(resource.InstanceId(), out var state) && state.Snapshot.State?.Text == KnownResourceStates.Waiting)
            await _notifications.PublishUpdateAsync(resource, snapshot => snapshot with { State = KnownResourceStates.Starting }).ConfigureAwait(false);
        else
            await _controllers[resource].StartAsync(cancellationToken).ConfigureAwait(false);
        return Outcome(resource);
    }

    public async Task<ExecuteCommandResult> StopAsync(IResource resource, CancellationToken cancellationToken)
    {
        await _controllers[resource].StopAsync(applicationStops: false, cancellationToken).ConfigureAwait(false);
        return CommandResults.Success();
    }

    public async Task<ExecuteCommandResult> RestartAsync(IResource resource, CancellationToken cancellationToken)
    {
        await _controllers[resource].StopAsync(applicationStops: false, cancellationToken).ConfigureAwait(false);
        await _controllers[resource].StartAsync(cancellationToken).ConfigureAwait(false);
        return Outcome(resource);
    }

    private ExecuteCommandResult Outcome(IResource resource) =>
        _notifications.TryGetCurrentState(resource.InstanceId(), out var state) && state.Snapshot.State?.Text == KnownResourceStates.FailedToStart
            ? CommandResults.Failure($"Resource '{resource.Name}' failed to start; its log tells why.")
            : CommandResults.Success();

    private Task StopOneAsync(IResource resource, CancellationToken cancellationToken) =>
        _controllers.TryGetValue(resource, out var controller) ? controller.StopAsync(applicationStops: true, cancellationToken) : Task.CompletedTask;

    private async Task InitializeAsync(CancellationToken cancellationToken)
    {
        foreach (var resource in _model.Resources.ToList())
        {
            if (resource.IsOrchestrated())
            {
                _controllers.Add(resource, new(resource, _controllerServices));
                LifecycleCommands.AddTo(resource, this);
            }

            await _notifications.PublishUpdateAsync(resource, snapshot => resource.IsOrchestrated()
                ? snapshot with
                {
                    ResourceType = TypeName(resource),
                    State = snapshot.State ?? (resource.HasAnnotationOfType<ExplicitStartupAnnotation>() ? KnownResourceStates.NotStarted : null),
                }
                : snapshot).ConfigureAwait(false);
            await _eventing.PublishAsync(
                new InitializeResourceEvent(resource, _eventing, _loggers, _notifications, _controllerServices.Provider),
                EventDispatchBehavior.NonBlockingConcurrent, _stopping.Token).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private static string TypeName(IResource resource) => resource switch
    {
        ProjectResource => "Project",
        ExecutableResource => "Executable",
        _ => "Container",
    };

    private async Task AllocateEndpointsAsync(CancellationToken cancellationToken)
    {
        foreach (var resource in _controllers.Keys)
            _endpoints.Allocate(resource);
        foreach (var resource in _model.Resources.ToList())
        {
            if (!resource.HasAnnotationOfType<EndpointAnnotation>())
                await PublishUrlsAsync(resource, cancellationToken).ConfigureAwait(false);
            else if (_controllers.ContainsKey(resource))
                await _eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(resource, _controllerServices.Provider), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task PublishUrlsAsync(IResource resource, CancellationToken cancellationToken)
    {
        var log = _loggers.GetLogger(resource);
        try
        {
            var urls = await ResourceUrls.EvaluateAsync(resource, _controllerServices.Context, log, cancellationToken).ConfigureAwait(false);
            if (urls.Length > 0)
                await _notifications.PublishUpdateAsync(resource, snapshot => snapshot with { Urls = urls }).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // links are for people: a callback that cannot make one keeps nothing from starting
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            log.LogError(exception, "The links of the resource could not be made.");
        }
    }

    private async Task PublishParametersAsync(CancellationToken cancellationToken)
    {
        foreach (var parameter in _model.Resources.OfType<ParameterResource>().ToList())
        {
            ResourceStateSnapshot state;
            string? value = null;
            try
            {
                value = await parameter.GetValueAsync(cancellationToken).ConfigureAwait(false);
                state = new(KnownResourceStates.Running, KnownResourceStateStyles.Success);
            }
            catch (MissingParameterValueException exception)
            {
                _logger.LogWarning("Parameter '{Parameter}' has no value: {Reason}", parameter.Name, exception.Message);
                state = new(KnownResourceStates.ValueMissing, KnownResourceStateStyles.Warn);
            }
#pragma warning disable CA1031 // the getter is the user's; its failure is the parameter's state
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _logger.LogError(exception, "The value of parameter '{Parameter}' could not be obtained.", parameter.Name);
                state = new(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error);
            }

            await _notifications.PublishUpdateAsync(parameter, snapshot => snapshot with
            {
                State = state,
                Properties = [.. snapshot.Properties, new("Value", value) { IsSensitive = parameter.Secret }],
            }).ConfigureAwait(false);
            if (value is not null && parameter is IResourceWithConnectionString)
                await _eventing.PublishAsync(new ConnectionStringAvailableEvent(parameter, _controllerServices.Provider), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>With a limit set, as tests have it, an application with containers does not start at all without a runtime.</summary>
    private async Task AwaitContainerRuntimeAsync(CancellationToken cancellationToken)
    {
        var limit = _configuration.GetValue<TimeSpan>("DcpPublisher:ContainerRuntimeInitializationTimeout");
        if (limit <= TimeSpan.Zero || !_controllers.Keys.Any(resource => resource is ContainerResource))
            return;
        for (var began = _time.GetTimestamp(); ; await Task.Delay(s_runtimeRetry, _time, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await _containers.FindAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ContainerRuntimeUnhealthyException exception) when (_time.GetElapsedTime(began) >= limit)
            {
                throw new DistributedApplicationException(
                    $"The application has containers, and their runtime was not ready within {limit.TotalSeconds} s. {exception.Message}", exception);
            }
            catch (ContainerRuntimeUnhealthyException)
            {
                // It may be starting.
            }
        }
    }

    /// <summary>Ends when the dependencies are there, or when someone has moved the resource out of its waiting state.</summary>
    private async Task WaitForDependenciesAsync(BeforeResourceStartedEvent starting, CancellationToken cancellationToken)
    {
        if (!starting.Resource.HasAnnotationOfType<WaitAnnotation>())
            return;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var hasWaited = false;
        var released = _notifications.WaitForResourceAsync(starting.Resource.Name, state =>
        {
            var waits = state.Snapshot.State?.Text == KnownResourceStates.Waiting;
            hasWaited |= waits;
            return hasWaited && !waits;
        }, over.Token);
        var dependencies = _notifications.WaitForDependenciesAsync(starting.Resource, over.Token);
        var first = await Task.WhenAny(dependencies, released).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(dependencies, released).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first.ConfigureAwait(false);
    }
}
