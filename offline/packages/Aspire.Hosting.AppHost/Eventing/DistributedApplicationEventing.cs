using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Eventing;

/// <summary>Calls the subscribers of an event in the order in which they subscribed.</summary>
public class DistributedApplicationEventing : IDistributedApplicationEventing
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Type, List<DistributedApplicationEventSubscription>> _subscriptions = [];
    private readonly HashSet<Task> _notAwaited = [];

    /// <summary>Where the failure of a handler goes that nobody waits for.</summary>
    internal ILogger? Logger { get; set; }

    public DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback) where T : IDistributedApplicationEvent
    {
        ArgumentNullException.ThrowIfNull(callback);
        return Add<T>(new((@event, cancellationToken) => callback((T)@event, cancellationToken)));
    }

    public DistributedApplicationEventSubscription Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationResourceEvent
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(callback);
        return Add<T>(new DistributedApplicationResourceEventSubscription(resource,
            (@event, cancellationToken) => callback((T)@event, cancellationToken)));
    }

    public void Unsubscribe(DistributedApplicationEventSubscription subscription)
    {
        lock (_gate)
        {
            foreach (var subscriptions in _subscriptions.Values)
                subscriptions.Remove(subscription);
        }
    }

    public Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default) where T : IDistributedApplicationEvent =>
        PublishAsync(@event, EventDispatchBehavior.BlockingSequential, cancellationToken);

    public Task PublishAsync<T>(T @event, EventDispatchBehavior dispatchBehavior, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent
    {
        ArgumentNullException.ThrowIfNull(@event);
        var subscriptions = For(@event);
        switch (dispatchBehavior)
        {
            case EventDispatchBehavior.BlockingConcurrent:
                return Task.WhenAll(subscriptions.Select(subscription => subscription.Callback(@event, cancellationToken)));
            case EventDispatchBehavior.NonBlockingConcurrent:
                foreach (var subscription in subscriptions)
                    Own(Task.Run(() => subscription.Callback(@event, cancellationToken), CancellationToken.None), @event);
                return Task.CompletedTask;
            case EventDispatchBehavior.NonBlockingSequential:
                Own(Task.Run(() => OneByOne(subscriptions, @event, cancellationToken), CancellationToken.None), @event);
                return Task.CompletedTask;
            default:
                return OneByOne(subscriptions, @event, cancellationToken);
        }
    }

    /// <summary>Waits for the handlers that their publisher did not wait for.</summary>
    internal async Task SettleAsync(CancellationToken cancellationToken)
    {
        Task[] pending;
        lock (_gate)
            pending = [.. _notAwaited];
        await Task.WhenAll(pending).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task OneByOne(IEnumerable<DistributedApplicationEventSubscription> subscriptions, IDistributedApplicationEvent @event,
        CancellationToken cancellationToken)
    {
        foreach (var subscription in subscriptions)
            await subscription.Callback(@event, cancellationToken).ConfigureAwait(false);
    }

    private DistributedApplicationEventSubscription Add<T>(DistributedApplicationEventSubscription subscription)
    {
        if (typeof(T).IsAbstract)
        {
            throw new ArgumentException(
                $"Cannot subscribe to interface or abstract type '{typeof(T).Name}'. Subscribe to a concrete event type instead.");
        }

        lock (_gate)
        {
            if (!_subscriptions.TryGetValue(typeof(T), out var subscriptions))
                _subscriptions.Add(typeof(T), subscriptions = []);
            subscriptions.Add(subscription);
        }

        return subscription;
    }

    private List<DistributedApplicationEventSubscription> For(IDistributedApplicationEvent @event)
    {
        lock (_gate)
        {
            if (!_subscriptions.TryGetValue(@event.GetType(), out var subscriptions))
                return [];
            return [.. subscriptions.Where(subscription => subscription is not DistributedApplicationResourceEventSubscription { Resource: { } resource }
                || resource == ((IDistributedApplicationResourceEvent)@event).Resource)];
        }
    }

    private void Own(Task handler, IDistributedApplicationEvent @event)
    {
        var observed = ObserveAsync(handler, @event);
        lock (_gate)
        {
            _notAwaited.RemoveWhere(task => task.IsCompleted);
            _notAwaited.Add(observed);
        }
    }

    private async Task ObserveAsync(Task handler, IDistributedApplicationEvent @event)
    {
        try
        {
            await handler.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The application stops before the handler came to its end.
        }
#pragma warning disable CA1031 // nobody waits for this handler: the log is the only place for its failure
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Logger?.LogError(exception, "A handler of {Event} failed.", @event.GetType().Name);
        }
    }
}
