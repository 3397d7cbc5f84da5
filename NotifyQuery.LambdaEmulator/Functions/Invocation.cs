namespace NotifyQuery.LambdaEmulator.Functions;

/// <summary>One run of a function: its input, and the outcome that its caller waits for.</summary>
internal sealed class Invocation(string requestId, ReadOnlyMemory<byte> payload, string traceId, string? clientContext)
{
    private readonly TaskCompletionSource<Outcome> ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration runtimeGone;

    public string RequestId => requestId;

    public ReadOnlyMemory<byte> Payload => payload;

    public string TraceId => traceId;

    public string? ClientContext => clientContext;

    /// <summary>The deadline of the function; null while the invocation waits in the queue.</summary>
    public DateTimeOffset? Deadline { get; set; }

    /// <summary>Whether the caller has disconnected. Then an invocation that is not running yet need not run.</summary>
    public bool Abandoned { get; set; }

    public Task<Outcome> Outcome => ending.Task;

    public void End(Outcome outcome)
    {
        ending.TrySetResult(outcome);
        runtimeGone.Unregister();
    }

    /// <summary>Runs the callback if the process that serves this invocation disconnects before the invocation ends.</summary>
    public void WhenRuntimeGone(Action<Invocation> callback, CancellationToken connectionClosed)
    {
        runtimeGone = connectionClosed.UnsafeRegister(
            static state =>
            {
                var (invocation, callback) = ((Invocation, Action<Invocation>))state!;
                callback(invocation);
            },
            (this, callback)
        );

        // The invocation ended on another connection in the meantime. Without this check, the registration would never be removed.
        if (ending.Task.IsCompleted)
            runtimeGone.Unregister();
    }
}
