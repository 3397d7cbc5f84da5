using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Offline.OpenTelemetry;

/// <summary>
/// Hears some events of one diagnostic listener for as long as it lives. The framework writes these events around the
/// activities that it starts and stops itself, with the request or response at hand.
/// </summary>
internal abstract class DiagnosticEvents : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private static readonly ConcurrentDictionary<(Type, string), PropertyInfo?> Properties = new();

    private readonly Lock gate = new();
    private readonly List<IDisposable> subscriptions = [];
    private readonly string listenerName;
    private readonly HashSet<string> eventNames;
    private bool disposed;

    protected DiagnosticEvents(string listenerName, params string[] eventNames)
    {
        this.listenerName = listenerName;
        this.eventNames = new HashSet<string>(eventNames, StringComparer.Ordinal);
    }

    /// <summary>A listener that was made before is announced at once, one made later when it is made.</summary>
    public void Listen() => Keep(DiagnosticListener.AllListeners.Subscribe(this));

    protected abstract void OnEvent(string name, Activity activity, object payload);

    /// <summary>A property of an event's payload, whose type is not public.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2080", Justification = "Who writes an event preserves the properties of its payload.")]
    protected static T? Read<T>(object payload, string property) where T : class =>
        Properties.GetOrAdd(
            (payload.GetType(), property),
            static key => key.Item1.GetProperty(key.Item2, BindingFlags.Instance | BindingFlags.Public | BindingFlags.IgnoreCase))?.GetValue(payload) as T;

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == listenerName)
            Keep(value.Subscribe(this, eventNames.Contains));
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        // The name of the activity itself is asked for as well; it says whether to make one when nobody samples it.
        if (eventNames.Contains(value.Key) && value.Value is { } payload && Activity.Current is { } activity)
            OnEvent(value.Key, activity, payload);
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    public void Dispose()
    {
        IDisposable[] ended;
        lock (gate)
        {
            disposed = true;
            ended = [.. subscriptions];
            subscriptions.Clear();
        }
        foreach (var subscription in ended)
            subscription.Dispose();
    }

    private void Keep(IDisposable subscription)
    {
        lock (gate)
        {
            if (!disposed)
            {
                subscriptions.Add(subscription);
                return;
            }
        }
        subscription.Dispose();
    }
}
