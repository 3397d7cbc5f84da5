using Amazon.Lambda.RuntimeSupport;

namespace NotifyQuery.Lambdas;

/// <summary>
/// Stops a function between two invocations. The runtime loop has one cancellation token for all runtime API calls. If the token is
/// cancelled at the wrong time, the loop drops an invocation that it received, or the response that it is about to send. Therefore the gate
/// observes these calls: an invocation is in progress from the response of <c>next</c> until <c>response</c> or <c>error</c> was sent.
/// </summary>
/// <param name="time">The clock for overdue invocations and for pauses.</param>
internal sealed class InvocationGate(TimeProvider time) : IDisposable
{
    /// <summary>
    /// How long invocations in progress may continue after <see cref="Close"/>. A process usually has a few seconds between the stop signal
    /// and the kill.
    /// </summary>
    public static readonly TimeSpan TimeToFinish = TimeSpan.FromSeconds(1);

    /// <summary>How long after <see cref="Close"/> the gate still waits for an invocation that was dispatched just before.</summary>
    public static readonly TimeSpan LastCall = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long a loop waits after it could not reach the runtime API. In a process with several loops, each would otherwise call it again
    /// at once, without a break, until it is reachable.
    /// </summary>
    public static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider time = time;
    private readonly CancellationTokenSource lastCall = new(Timeout.InfiniteTimeSpan, time);
    private readonly CancellationTokenSource closed = new();
    private readonly CancellationTokenSource overdue = new(Timeout.InfiniteTimeSpan, time);
    private readonly Lock state = new();
    private int underWay; // invocations in progress, plus open requests for the next one
    private int unsent; // of these: invocations with a response that could not be sent
    private bool closing;

    /// <summary>Cancelled after <see cref="Close"/>, once no invocation is in progress.</summary>
    public CancellationToken Closed => closed.Token;

    /// <summary>
    /// Cancelled <see cref="TimeToFinish"/> after <see cref="Close"/>, for invocations that can stop early. The services that they depend
    /// on may already be stopped.
    /// </summary>
    public CancellationToken Overdue => overdue.Token;

    /// <summary>The HTTP client for the runtime loop, which lets the gate observe its requests. The caller disposes of it.</summary>
    public HttpClient CreateClient()
    {
        using var usual = LambdaBootstrap.ConstructHttpClient();
        var client = new HttpClient(new Watch(this));
        foreach (var (name, values) in usual.DefaultRequestHeaders)
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, values);
        return client;
    }

    /// <summary>
    /// Accepts no more invocations, and closes as soon as the invocations in progress are done. After <see cref="TimeToFinish"/> they are
    /// overdue.
    /// </summary>
    public void Close()
    {
        Begin(); // so that End() below closes the gate, unless an invocation is in progress
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
    /// Marks a response that could not be sent. The token is not cancelled yet: cancellation would hide the exception from the loop, which
    /// may have to exit because of it.
    /// </summary>
    private void NotSent()
    {
        lock (state)
            unsent++;
    }

    /// <summary>
    /// Whether a loop may request the next invocation. If a response could not be sent before, the loop has finished with it by now, and
    /// that invocation counts as ended.
    /// </summary>
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

    /// <summary>The connection to the runtime API, which tracks the requests.</summary>
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

        /// <summary>
        /// Waits for an invocation. An invocation that arrives during the shutdown is still handled, because it is not dispatched again.
        /// </summary>
        private async Task<HttpResponseMessage> NextAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // Another loop of this process has an invocation in progress. This loop must wait here until the gate closes: it would retry a
            // failed request at once, because its token is not cancelled yet.
            if (!gate.MayAsk())
                await Task.Delay(Timeout.Infinite, cancellationToken);

            gate.Begin();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(gate.lastCall.Token, cancellationToken);
            var received = false;
            try
            {
                var response = await base.SendAsync(request, stop.Token);
                received = response.IsSuccessStatusCode;
                return response;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(RetryPause, gate.time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }
            finally
            {
                if (!received)
                    gate.End();
            }
        }

        /// <summary>
        /// Sends a response, and reads the whole reply of the runtime API, because the token may be cancelled immediately afterwards.
        /// </summary>
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
