using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The logs of the resources: what their processes print, and what is logged about them.</summary>
public class ResourceLoggerService : IDisposable
{
    private readonly ConcurrentDictionary<string, ResourceLog> _logs = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _disposing = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _subscribersChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Sees each line as it comes; for forwarding resource logs to the AppHost's own logging.</summary>
    internal Action<string, LogLine>? LineWritten { get; set; }

    public ILogger GetLogger(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return GetLogger(resource.InstanceId());
    }

    public ILogger GetLogger(string resourceName)
    {
        ArgumentNullException.ThrowIfNull(resourceName);
        return new ResourceLogger(this, resourceName);
    }

    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return WatchAsync(resource.InstanceId());
    }

    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName)
    {
        ArgumentNullException.ThrowIfNull(resourceName);
        return FollowAsync(resourceName);
    }

    public IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return GetAllAsync(resource.InstanceId());
    }

    public async IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(string resourceName)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return Log(resourceName).Backlog();
    }

    public void Complete(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        Complete(resource.InstanceId());
    }

    public void Complete(string name) => Log(name).Complete();

    public void ClearBacklog(string resourceName) => Log(resourceName).Clear();

    /// <summary>Who is followed now, then each change.</summary>
    public async IAsyncEnumerable<LogSubscriber> WatchAnySubscribersAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposing.Token);
        var known = new Dictionary<string, bool>(StringComparer.OrdinalIgnoreCase);
        while (true)
        {
            Task changed;
            lock (_gate)
                changed = _subscribersChanged.Task;
            foreach (var (name, log) in _logs)
            {
                var any = log.Followers > 0;
                if (known.GetValueOrDefault(name) == any)
                    continue;
                known[name] = any;
                yield return new(name, any);
            }

            await changed.WaitAsync(stop.Token).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _disposing.Cancel();
        GC.SuppressFinalize(this);
    }

    internal void Write(IResource resource, string content, bool isError) => Write(resource.InstanceId(), content, isError);

    internal void Reopen(IResource resource) => Log(resource.InstanceId()).Reopen();

    /// <summary>What there is and what comes, whether the resource runs or not.</summary>
    internal async IAsyncEnumerable<IReadOnlyList<TimedLine>> FollowAllRunsAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposing.Token);
        await foreach (var lines in Log(id).FollowAsync(overAllRuns: true, stop.Token).ConfigureAwait(false))
            yield return lines;
    }

    private void Write(string id, string content, bool isError)
    {
        Log(id).Add(content, isError);
        LineWritten?.Invoke(id, new(0, content, isError));
    }

    private ResourceLog Log(string id) => _logs.GetOrAdd(id, _ => new(TimeProvider.System));

    private async IAsyncEnumerable<IReadOnlyList<LogLine>> FollowAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposing.Token);
        await using var lines = Log(id).FollowAsync(overAllRuns: false, stop.Token).GetAsyncEnumerator(stop.Token);
        var first = lines.MoveNextAsync();
        SubscribersChanged();
        try
        {
            for (var more = await first.ConfigureAwait(false); more; more = await lines.MoveNextAsync().ConfigureAwait(false))
                yield return [.. lines.Current.Select(line => line.Line)];
        }
        finally
        {
            SubscribersChanged();
        }
    }

    private void SubscribersChanged()
    {
        lock (_gate)
        {
            _subscribersChanged.TrySetResult();
            _subscribersChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class ResourceLogger(ResourceLoggerService owner, string id) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Information and not LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            var text = exception is null ? formatter(state, exception) : $"{formatter(state, exception)}{Environment.NewLine}{exception}";
            foreach (var line in text.Split('\n'))
                owner.Write(id, line.TrimEnd('\r'), logLevel >= LogLevel.Error);
        }
    }
}
