namespace NotifyQuery.Lambdas;

/// <summary>
/// Knows how many invocations are under way, and closes when there are none: a runtime loop that is cancelled drops the answer it is
/// about to give.
/// </summary>
internal sealed class InvocationGate : IDisposable
{
    private readonly CancellationTokenSource closed = new();
    private readonly Lock state = new();
    private int underWay;
    private bool closing;

    /// <summary>Cancelled once <see cref="Close"/> was called and no invocation is under way.</summary>
    public CancellationToken Closed => closed.Token;

    /// <summary>Wraps a handler, so that its invocations are counted.</summary>
    public Func<TInput, TContext, Task<TOutput>> Guard<TInput, TContext, TOutput>(Func<TInput, TContext, Task<TOutput>> handler) => async (input, context) =>
    {
        lock (state) underWay++;
        try
        {
            return await handler(input, context);
        }
        finally
        {
            lock (state) underWay--;
            CloseIfIdle();
        }
    };

    public void Close()
    {
        lock (state) closing = true;
        CloseIfIdle();
    }

    public void Dispose() => closed.Dispose();

    private void CloseIfIdle()
    {
        bool idle;
        lock (state) idle = closing && underWay == 0;
        if (idle) closed.Cancel();
    }
}
