using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The current state of every resource, and its changes in the order in which they were published.</summary>
public partial class ResourceNotificationService : IDisposable
{
    /// <summary>States are few; a watcher this far behind has stopped reading and loses the oldest.</summary>
    private const int WatcherCapacity = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ResourceEvent> _current = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Channel<ResourceEvent>> _watchers = [];
    private readonly CancellationTokenSource _disposing = new();
    private readonly ILogger<ResourceNotificationService> _logger;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly IServiceProvider _services;
    private readonly ResourceLoggerService _loggers;
    private readonly TimeProvider _time;

    public ResourceNotificationService(ILogger<ResourceNotificationService> logger, IHostApplicationLifetime hostApplicationLifetime,
        IServiceProvider serviceProvider, ResourceLoggerService resourceLoggerService)
    {
        ArgumentNullException.ThrowIfNull(serviceProvider);
        _logger = logger;
        _lifetime = hostApplicationLifetime;
        _services = serviceProvider;
        _loggers = resourceLoggerService;
        _time = serviceProvider.GetService<TimeProvider>() ?? TimeProvider.System;
    }

    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return PublishUpdateAsync(resource, resource.InstanceId(), stateFactory);
    }

    public Task PublishUpdateAsync(IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(resourceId);
        ArgumentNullException.ThrowIfNull(stateFactory);
        lock (_gate)
        {
            var previous = _current.GetValueOrDefault(resourceId)?.Snapshot;
            var next = Completed(resource, previous, stateFactory(previous ?? Initial(resource)));
            var published = new ResourceEvent(resource, resourceId, next);
            _current[resourceId] = published;
            foreach (var watcher in _watchers)
                watcher.Writer.TryWrite(published);
            if (next.State?.Text is { Length: > 0 } state && state != previous?.State?.Text)
                _logger.LogDebug("Resource {Resource}/{ResourceId} changed state: {Previous} -> {State}", resource.Name, resourceId, previous?.State?.Text, state);
        }

        return Task.CompletedTask;
    }

    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        ArgumentNullException.ThrowIfNull(resourceId);
        lock (_gate)
        {
            resourceEvent = _current.GetValueOrDefault(resourceId)
                ?? _current.Values.FirstOrDefault(state => IsNamed(state, resourceId));
            return resourceEvent is not null;
        }
    }

    /// <summary>The current state of every resource, then each change.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposing.Token);
        var channel = Channel.CreateBounded<ResourceEvent>(new BoundedChannelOptions(WatcherCapacity) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_gate)
        {
            foreach (var state in _current.Values)
                channel.Writer.TryWrite(state);
            _watchers.Add(channel);
        }

        try
        {
            await foreach (var change in channel.Reader.ReadAllAsync(stop.Token).ConfigureAwait(false))
                yield return change;
        }
        finally
        {
            lock (_gate)
                _watchers.Remove(channel);
        }
    }

    public void Dispose()
    {
        _disposing.Cancel();
        GC.SuppressFinalize(this);
    }

    private static bool IsNamed(ResourceEvent state, string resourceName) =>
        string.Equals(state.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase);

    private CustomResourceSnapshot Initial(IResource resource)
    {
        var initial = resource.Annotations.OfType<ResourceSnapshotAnnotation>().LastOrDefault()?.InitialSnapshot
            ?? new CustomResourceSnapshot { ResourceType = resource.GetType().Name, Properties = [] };
        return initial with { CreationTimeStamp = initial.CreationTimeStamp ?? _time.GetUtcNow().UtcDateTime };
    }

    /// <summary>Adds what follows from the model and from the change itself, so that no publisher has to think of it.</summary>
    private CustomResourceSnapshot Completed(IResource resource, CustomResourceSnapshot? previous, CustomResourceSnapshot next)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        if (next.State?.Text != previous?.State?.Text)
        {
            if (next.State?.Text == KnownResourceStates.Running && next.StartTimeStamp == previous?.StartTimeStamp)
                next = next with { StartTimeStamp = now };
            if (next.State is { } state && KnownResourceStates.TerminalStates.Contains(state.Text) && next.StopTimeStamp is null)
                next = next with { StopTimeStamp = now };
        }

        // What does not run has not been checked; a check's old result must not vouch for the next run.
        if (next.State?.Text != KnownResourceStates.Running)
            next = next with { ReadyHandlers = null, HealthReports = Unchecked(resource) };
        else if (next.HealthReports.IsDefaultOrEmpty)
            next = next with { HealthReports = Unchecked(resource) };

        var icon = resource.Annotations.OfType<ResourceIconAnnotation>().LastOrDefault();
        next = next with
        {
            IsHidden = next.IsHidden || resource.Annotations.OfType<HiddenAnnotation>().Any(),
            IconName = next.IconName ?? icon?.IconName,
            IconVariant = next.IconVariant ?? icon?.IconVariant,
            Relationships = Relationships(resource, next.Relationships),
        };
        return next with { Commands = Commands(resource, next) };
    }

    private static ImmutableArray<HealthReportSnapshot> Unchecked(IResource resource) =>
        [.. resource.Annotations.OfType<HealthCheckAnnotation>().Select(check => new HealthReportSnapshot(check.Key, null, null, null))];

    private static ImmutableArray<RelationshipSnapshot> Relationships(IResource resource, ImmutableArray<RelationshipSnapshot> published) =>
    [
        .. resource.Annotations.OfType<ResourceRelationshipAnnotation>()
            .Select(relationship => new RelationshipSnapshot(relationship.Resource.Name, relationship.Type))
            .Concat(published.IsDefault ? [] : published)
            .Distinct(),
    ];

    private ImmutableArray<ResourceCommandSnapshot> Commands(IResource resource, CustomResourceSnapshot snapshot)
    {
        var context = new UpdateCommandStateContext { ResourceSnapshot = snapshot, ServiceProvider = _services };
        return
        [
            .. resource.Annotations.OfType<ResourceCommandAnnotation>().Select(command => new ResourceCommandSnapshot(command.Name,
                command.UpdateState(context), command.DisplayName, command.DisplayDescription, null, command.ConfirmationMessage,
                command.IconName, command.IconVariant, command.IsHighlighted) { Visibility = command.Visibility }),
        ];
    }
}
