namespace NotifyQuery.Lambdas;

/// <summary>
/// Knows how many invocations are under way, and closes when there are none: a runtime loop that is cancelled drops the answer it is
/// about to give.
/// </summary>
/// <param name="time">Tells when an invocation under way is overdue.</param>
internal sealed class InvocationGate(TimeProvider time) : IDisposable
{
    /// <summary>How long what is under way may go on after <see cref="Close"/>: who stops a process waits a few seconds before it kills it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource closed = new();
    private readonly CancellationTokenSource overdue = new(Timeout.InfiniteTimeSpan, time);
    private readonly Lock state = new();
    private int underWay;
    private bool closing;

    /// <summary>Cancelled once <see cref="Close"/> was called and no invocation is under way.</summary>
    public CancellationToken Closed => closed.Token;

    /// <summary>Cancelled <see cref="Patience"/> after <see cref="Close"/>, for invocations that can end early: what they work with may be gone already.</summary>
    public CancellationToken Overdue => overdue.Token;

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

    /// <summary>Closes as soon as the invocations under way are answered; they are overdue after <see cref="Patience"/>.</summary>
    public void Close()
    {
        lock (state) closing = true;
        overdue.CancelAfter(Patience);
        CloseIfIdle();
    }

    public void Dispose()
    {
        closed.Dispose();
        overdue.Dispose();
    }

    private void CloseIfIdle()
    {
        bool idle;
        lock (state) idle = closing && underWay == 0;
        if (idle) closed.Cancel();
    }
}
