namespace NotifyQuery.LambdaEmulator.Functions;

/// <summary>
/// One function: its waiting invocations, oldest first, the waiting `next` calls of its processes, and its running invocations. Each `next`
/// call receives a separate invocation, so a function may have several processes, and a process several loops.
/// </summary>
internal sealed class Function(string name, string arn, LambdaServiceOptions options)
{
    private readonly Lock gate = new();
    private readonly LinkedList<Invocation> queue = new();
    private readonly LinkedList<TaskCompletionSource<Invocation>> pollers = new();
    private readonly Dictionary<string, Invocation> running = [];
    private DateTimeOffset? runtimeSeen;
    private bool stopping;

    public string Name => name;

    public string Arn => arn;

    /// <summary>The number of invocations that wait for a process.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
                return queue.Count;
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
                lock (gate)
                {
                    invocation.Abandoned = true;
                    queue.Remove(invocation);
                }

                throw;
            }
        }
    }

    /// <summary>Waits for the next invocation for a process of this function.</summary>
    public async Task<Invocation> NextAsync(CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource<Invocation>> poller;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(stopping, this);
            runtimeSeen = options.Time.GetUtcNow();
            if (queue.First is { Value: var waiting })
            {
                queue.RemoveFirst();
                Start(waiting);
                return waiting;
            }

            poller = pollers.AddLast(new TaskCompletionSource<Invocation>(TaskCreationOptions.RunContinuationsAsynchronously));
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
            lock (gate)
            {
                runtimeSeen = options.Time.GetUtcNow();
                if (poller.List is not null)
                    pollers.Remove(poller);
            }

            throw;
        }
    }

    /// <summary>
    /// Returns an invocation to the queue if its process ended before receiving it. The next process gets the invocation.
    /// </summary>
    public void TakeBack(Invocation invocation)
    {
        lock (gate)
        {
            if (!running.Remove(invocation.RequestId))
                return;
            invocation.Deadline = null;
            if (!invocation.Abandoned && !HandOver(invocation))
                queue.AddFirst(invocation);
        }
    }

    /// <summary>Ends a running invocation. An unknown invocation has already ended, for example by a timeout.</summary>
    public void End(string requestId, Outcome outcome)
    {
        Invocation? invocation;
        lock (gate)
        {
            runtimeSeen = options.Time.GetUtcNow();
            running.Remove(requestId, out invocation);
        }

        invocation?.End(outcome);
    }

    /// <summary>
    /// Reports a process that could not start. The waiting invocations end with its error, unless another process may serve them.
    /// </summary>
    public void FailStart(Outcome.FunctionError error)
    {
        List<Invocation> waiting;
        lock (gate)
        {
            runtimeSeen = options.Time.GetUtcNow();
            if (HasRuntime)
                return;
            waiting = [.. queue];
            queue.Clear();
        }

        foreach (var invocation in waiting)
            invocation.End(error);
    }

    public void Stop()
    {
        List<Invocation> unfinished;
        lock (gate)
        {
            stopping = true;
            unfinished = [.. queue, .. running.Values];
            queue.Clear();
            running.Clear();
            foreach (var poller in pollers)
                poller.TrySetCanceled();
            pollers.Clear();
        }

        foreach (var invocation in unfinished)
            invocation.End(Outcome.Refusal.Stopping());
    }

    private bool HasRuntime => pollers.Count > 0 || running.Count > 0;

    private Outcome.Refusal? Enqueue(Invocation invocation)
    {
        lock (gate)
        {
            if (stopping)
                return Outcome.Refusal.Stopping();
            if (HandOver(invocation))
                return null;
            if (queue.Count >= options.MaxQueued)
                return Outcome.Refusal.Throttled(name);
            queue.AddLast(invocation);
            return null;
        }
    }

    private bool HandOver(Invocation invocation)
    {
        while (pollers.First is { Value: var poller })
        {
            pollers.RemoveFirst();
            Start(invocation);
            if (poller.TrySetResult(invocation))
                return true;
            running.Remove(invocation.RequestId);
            invocation.Deadline = null;
        }

        return false;
    }

    private void Start(Invocation invocation)
    {
        invocation.Deadline = options.Time.GetUtcNow() + options.Timeout;
        running.Add(invocation.RequestId, invocation);
    }

    /// <summary>Ends an invocation that has timed out. Otherwise returns the time until the next check.</summary>
    private TimeSpan EndIfOverdue(Invocation invocation)
    {
        Outcome overdue;
        lock (gate)
        {
            var now = options.Time.GetUtcNow();
            if (invocation.Deadline is { } deadline)
            {
                if (now < deadline)
                    return deadline - now;
                running.Remove(invocation.RequestId);
                overdue = Outcome.FunctionError.TimedOut(invocation.RequestId, options.Timeout);
            }
            else
            {
                if (HasRuntime)
                    return options.StartLimit;
                if (runtimeSeen is { } seen && now - seen < options.StartLimit)
                    return options.StartLimit - (now - seen);
                queue.Remove(invocation);
                overdue = runtimeSeen is null ? Outcome.Refusal.NotFound(arn) : Outcome.Refusal.NoRuntime(name);
            }
        }

        invocation.End(overdue);
        return options.StartLimit;
    }
}
