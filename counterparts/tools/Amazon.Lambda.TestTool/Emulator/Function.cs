namespace Amazon.Lambda.TestTool.Emulator;

/// <summary>
/// One function: its waiting invocations, oldest first, the waiting `next` calls of its processes, and its running invocations. Each `next`
/// call receives a separate invocation, so a function may have several processes, and a process several loops.
/// </summary>
internal sealed class Function(string name, string arn, EmulatorOptions options)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Invocation> _queue = new();
    private readonly LinkedList<TaskCompletionSource<Invocation>> _pollers = new();
    private readonly Dictionary<string, Invocation> _running = [];
    private DateTimeOffset? _runtimeSeen;
    private bool _stopping;

    public string Name => name;

    public string Arn => arn;

    /// <summary>The number of invocations that wait for a process.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _queue.Count;
        }
    }

    /// <summary>
    /// Runs the function once. If the caller cancels, a waiting invocation leaves the queue, but a running one continues.
    /// </summary>
    public async Task<Outcome> InvokeAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        if (Enqueue(invocation) is { } refusal)
            return refusal;

        var wait = options.StartLimit;
        while (true)
        {
            try
            {
                return await invocation.Outcome.WaitAsync(wait, options.Time, cancellationToken);
            }
            catch (TimeoutException)
            {
                wait = EndIfOverdue(invocation);
            }
            catch (OperationCanceledException)
            {
                lock (_lock)
                {
                    invocation.Abandoned = true;
                    _queue.Remove(invocation);
                }

                throw;
            }
        }
    }

    /// <summary>Waits for the next invocation for a process of this function.</summary>
    public async Task<Invocation> NextAsync(CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource<Invocation>> poller;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            _runtimeSeen = options.Time.GetUtcNow();
            if (_queue.First is { Value: var waiting })
            {
                _queue.RemoveFirst();
                Start(waiting);
                return waiting;
            }

            poller = _pollers.AddLast(new TaskCompletionSource<Invocation>(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        using var gone = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource<Invocation>)state!).TrySetCanceled(token),
            poller.Value
        );
        try
        {
            return await poller.Value.Task;
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                _runtimeSeen = options.Time.GetUtcNow();
                if (poller.List is not null)
                    _pollers.Remove(poller);
            }

            throw;
        }
    }

    /// <summary>
    /// Returns an invocation to the queue if its process ended before receiving it. The next process gets the invocation.
    /// </summary>
    public void TakeBack(Invocation invocation)
    {
        lock (_lock)
        {
            if (!_running.Remove(invocation.RequestId))
                return;
            invocation.Deadline = null;
            if (!invocation.Abandoned && !HandOver(invocation))
                _queue.AddFirst(invocation);
        }
    }

    /// <summary>Ends a running invocation. An unknown invocation has already ended, for example by a timeout.</summary>
    public void End(string requestId, Outcome outcome)
    {
        Invocation? invocation;
        lock (_lock)
        {
            _runtimeSeen = options.Time.GetUtcNow();
            _running.Remove(requestId, out invocation);
        }

        invocation?.End(outcome);
    }

    /// <summary>
    /// Reports a process that could not start. The waiting invocations end with its error, unless another process may serve them.
    /// </summary>
    public void FailStart(Outcome.FunctionError error)
    {
        List<Invocation> waiting;
        lock (_lock)
        {
            _runtimeSeen = options.Time.GetUtcNow();
            if (HasRuntime)
                return;
            waiting = [.. _queue];
            _queue.Clear();
        }

        foreach (var invocation in waiting)
            invocation.End(error);
    }

    public void Stop()
    {
        List<Invocation> unfinished;
        lock (_lock)
        {
            _stopping = true;
            unfinished = [.. _queue, .. _running.Values];
            _queue.Clear();
            _running.Clear();
            foreach (var poller in _pollers)
                poller.TrySetCanceled();
            _pollers.Clear();
        }

        foreach (var invocation in unfinished)
            invocation.End(Outcome.Refusal.Stopping());
    }

    private bool HasRuntime => _pollers.Count > 0 || _running.Count > 0;

    private Outcome.Refusal? Enqueue(Invocation invocation)
    {
        lock (_lock)
        {
            if (_stopping)
                return Outcome.Refusal.Stopping();
            if (HandOver(invocation))
                return null;
            if (_queue.Count >= options.MaxQueued)
                return Outcome.Refusal.Throttled(name);
            _queue.AddLast(invocation);
            return null;
        }
    }

    private bool HandOver(Invocation invocation)
    {
        while (_pollers.First is { Value: var poller })
        {
            _pollers.RemoveFirst();
            Start(invocation);
            if (poller.TrySetResult(invocation))
                return true;
            _running.Remove(invocation.RequestId);
            invocation.Deadline = null;
        }

        return false;
    }

    private void Start(Invocation invocation)
    {
        invocation.Deadline = options.Time.GetUtcNow() + options.Timeout;
        _running.Add(invocation.RequestId, invocation);
    }

    /// <summary>Ends an invocation that has timed out. Otherwise returns the time until the next check.</summary>
    private TimeSpan EndIfOverdue(Invocation invocation)
    {
        Outcome overdue;
        lock (_lock)
        {
            var now = options.Time.GetUtcNow();
            if (invocation.Deadline is { } deadline)
            {
                if (now < deadline)
                    return deadline - now;
                _running.Remove(invocation.RequestId);
                overdue = Outcome.FunctionError.TimedOut(invocation.RequestId, options.Timeout);
            }
            else
            {
                if (HasRuntime)
                    return options.StartLimit;
                if (_runtimeSeen is { } seen && now - seen < options.StartLimit)
                    return options.StartLimit - (now - seen);
                _queue.Remove(invocation);
                overdue = _runtimeSeen is null ? Outcome.Refusal.NotFound(arn) : Outcome.Refusal.NoRuntime(name);
            }
        }

        invocation.End(overdue);
        return options.StartLimit;
    }
}
