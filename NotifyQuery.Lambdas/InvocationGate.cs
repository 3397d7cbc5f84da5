using Amazon.Lambda.RuntimeSupport;

namespace NotifyQuery.Lambdas;

/// <summary>
/// Stops a function between two invocations. The runtime loop takes one token for everything that it asks the runtime API: cancelled at
/// the wrong moment, it drops an invocation that it was given, or the answer that it is about to send. So the gate watches these requests
/// itself: an invocation is under way from the answer to <c>next</c> until <c>response</c> or <c>error</c> was sent.
/// </summary>
/// <param name="time">Tells when an invocation under way is overdue.</param>
internal sealed class InvocationGate(TimeProvider time) : IDisposable
{
    /// <summary>
    /// How long what is under way may go on after <see cref="Close"/>: who stops a process waits a few seconds before it kills it.
    /// </summary>
    public static readonly TimeSpan TimeToFinish = TimeSpan.FromSeconds(1);

    /// <summary>How long, after <see cref="Close"/>, an invocation may still arrive that the runtime API handed out just before.</summary>
    public static readonly TimeSpan LastCall = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource lastCall = new(Timeout.InfiniteTimeSpan, time);
    private readonly CancellationTokenSource closed = new();
    private readonly CancellationTokenSource overdue = new(Timeout.InfiniteTimeSpan, time);
    private readonly Lock state = new();
    private int underWay; // invocations, and requests for one whose answer may come any moment
    private int unsent; // of them, invocations whose answer could not be sent
    private bool closing;

    /// <summary>Cancelled once <see cref="Close"/> was called and no invocation is under way.</summary>
    public CancellationToken Closed => closed.Token;

    /// <summary>
    /// Cancelled <see cref="TimeToFinish"/> after <see cref="Close"/>, for invocations that can end early: what they work with may be gone
    /// already.
    /// </summary>
    public CancellationToken Overdue => overdue.Token;

    /// <summary>The client for the runtime loop, through which the gate sees its requests. To be disposed of by the caller.</summary>
    public HttpClient CreateClient()
    {
        using var usual = LambdaBootstrap.ConstructHttpClient();
        var client = new HttpClient(new Watch(this));
        foreach (var (name, values) in usual.DefaultRequestHeaders)
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, values);
        return client;
    }

    /// <summary>
    /// Asks for no more invocations, and closes as soon as those under way are answered; they are overdue after <see cref="TimeToFinish"/>.
    /// </summary>
    public void Close()
    {
        Begin(); // so that the last thing that happens here is to close, if it is not left to an invocation
        lock (state)
            closing = true;
        overdue.CancelAfter(TimeToFinish);
        lastCall.CancelAfter(LastCall);
        End();
    }

    public void Dispose()
    {
        lastCall.Dispose();
        closed.Dispose();
        overdue.Dispose();
    }

    private void Begin()
    {
        lock (state)
            underWay++;
    }

    /// <summary>
    /// An answer could not be sent. The token is left alone for now: cancelled, it would hide the exception from the loop, which may end
    /// with it.
    /// </summary>
    private void NotSent()
    {
        lock (state)
            unsent++;
    }

    /// <summary>Whether a loop may ask for an invocation. One that asks is done with the answer that it could not send.</summary>
    private bool MayAsk()
    {
        bool settle;
        lock (state)
        {
            settle = unsent > 0;
            if (settle)
                unsent--;
        }

        if (settle)
            End();
        lock (state)
            return !closing;
    }

    private void End()
    {
        lock (state)
        {
            if (--underWay > 0 || !closing)
                return;
        }

        closed.Cancel();
    }

    /// <summary>The connection to the runtime API, with its requests counted.</summary>
    private sealed class Watch(InvocationGate gate)
        : DelegatingHandler(
            new SocketsHttpHandler
            {
                PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
                PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
                RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8,
                UseCookies = false,
                UseProxy = false,
            }
        )
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            request.RequestUri?.AbsolutePath is not { } path ? base.SendAsync(request, cancellationToken)
            : path.EndsWith("/invocation/next", StringComparison.Ordinal) ? NextAsync(request, cancellationToken)
            : path.Contains("/invocation/", StringComparison.Ordinal) ? AnswerAsync(request, cancellationToken)
            : base.SendAsync(request, cancellationToken);

        /// <summary>Waits for an invocation. One that comes at the very end is served still: nobody else will get it.</summary>
        private async Task<HttpResponseMessage> NextAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // Another loop of this process has an invocation under way: it is waited for here, since a loop whose token is not cancelled
            // asks again at once.
            if (!gate.MayAsk())
                await Task.Delay(Timeout.Infinite, cancellationToken);

            gate.Begin();
            var received = false;
            try
            {
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(gate.lastCall.Token, cancellationToken);
                var response = await base.SendAsync(request, stop.Token);
                received = response.IsSuccessStatusCode;
                return response;
            }
            finally
            {
                if (!received)
                    gate.End();
            }
        }

        /// <summary>Sends an answer, and takes in all that the runtime API says to it: the token may be cancelled right after.</summary>
        private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                var response = await base.SendAsync(request, cancellationToken);
                await response.Content.LoadIntoBufferAsync(cancellationToken);
                if (response.IsSuccessStatusCode)
                    gate.End();
                else
                    gate.NotSent();
                return response;
            }
            catch
            {
                gate.NotSent();
                throw;
            }
        }
    }
}
