#nullable enable
using System.Globalization;
using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport.Bootstrap;
using Amazon.Lambda.RuntimeSupport.Client;
using Amazon.Lambda.RuntimeSupport.Logging;

namespace Amazon.Lambda.RuntimeSupport;

/// <summary>
/// The loop of a function's process: requests an invocation, runs the handler, and sends the response. There is one loop, or the number in
/// AWS_LAMBDA_MAX_CONCURRENCY.
/// </summary>
public class LambdaBootstrap : IDisposable
{
    // An idle function waits for its next invocation: the runtime API responds only when there is one.
    private static readonly TimeSpan NextTimeout = TimeSpan.FromHours(12);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly LambdaBootstrapHandler _handler;
    private readonly LambdaBootstrapInitializer? _initializer;
    private readonly HttpClient _httpClient;
    private readonly bool _ownsHttpClient;
    private readonly RuntimeApiClient _runtime;
    private readonly bool _severalLoops;
    private readonly bool _runOnce;
    private string? _trouble;

#nullable disable annotations
    public LambdaBootstrap(LambdaBootstrapHandler handler, LambdaBootstrapInitializer initializer = null)
        : this(null, handler, initializer, null) { }

    public LambdaBootstrap(
        LambdaBootstrapHandler handler,
        LambdaBootstrapOptions lambdaBootstrapOptions,
        LambdaBootstrapInitializer initializer = null
    )
        : this(null, handler, initializer, lambdaBootstrapOptions) { }

    public LambdaBootstrap(HttpClient httpClient, LambdaBootstrapHandler handler, LambdaBootstrapInitializer initializer = null)
        : this(httpClient, handler, initializer, null) { }

#nullable enable annotations

    internal LambdaBootstrap(
        HttpClient? httpClient,
        LambdaBootstrapHandler handler,
        LambdaBootstrapInitializer? initializer,
        LambdaBootstrapOptions? options
    )
    {
        ArgumentNullException.ThrowIfNull(handler);
        _handler = handler;
        _initializer = initializer;
        _ownsHttpClient = httpClient is null;
        _httpClient = httpClient ?? ConstructHttpClient();
        _httpClient.Timeout = NextTimeout;
        _runtime = new RuntimeApiClient(_httpClient, options?.RuntimeApiEndpoint);
        _severalLoops = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("AWS_LAMBDA_MAX_CONCURRENCY"));
        _runOnce = string.Equals(
            Environment.GetEnvironmentVariable("AWS_LAMBDA_DOTNET_DEBUG_RUN_ONCE"),
            "true",
            StringComparison.OrdinalIgnoreCase
        );
        RuntimeLogger.TakeOverConsole();
    }

    /// <summary>A client whose connections stay open while the function waits. Each connection is used by one loop at a time.</summary>
    public static HttpClient ConstructHttpClient()
    {
        var handler = new SocketsHttpHandler
        {
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8,
            UseCookies = false,
            UseProxy = false,
        };
        var client = new HttpClient(handler);
        var version = typeof(LambdaBootstrap).Assembly.GetName().Version;
        client.DefaultRequestHeaders.Add("User-Agent", $"aws-lambda-dotnet/{Environment.Version}-{version}");
        return client;
    }

    /// <summary>
    /// Serves invocations until the token is cancelled. With one loop, an error of the runtime API is thrown: start the emulator first.
    /// With several loops, the error is logged and the loop continues.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (_initializer is not null && !await InitializeAsync(_initializer, cancellationToken).ConfigureAwait(false))
            return;

        if (!_severalLoops)
        {
            await RunLoopAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        await Task.WhenAll(
                Enumerable.Range(0, Loops()).Select(_ => Task.Run(() => RunSturdyLoopAsync(cancellationToken), CancellationToken.None))
            )
            .ConfigureAwait(false);
    }

    public void Dispose()
    {
        if (_ownsHttpClient)
            _httpClient.Dispose();
        GC.SuppressFinalize(this);
    }

    private static int Loops()
    {
        foreach (var name in (string[])["AWS_LAMBDA_DOTNET_PROCESSING_TASKS", "AWS_LAMBDA_MAX_CONCURRENCY"])
        {
            if (
                int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var loops)
                && loops > 0
            )
                return loops;
        }

        return Math.Max(2, Environment.ProcessorCount);
    }

    private async Task<bool> InitializeAsync(LambdaBootstrapInitializer initializer, CancellationToken cancellationToken)
    {
        try
        {
            return await initializer().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await Console.Error.WriteLineAsync(exception.ToString()).ConfigureAwait(false);
            try
            {
                await _runtime.ReportInitializationErrorAsync(exception, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception reportFailure) when (reportFailure is RuntimeApiClientException or HttpRequestException)
            {
                // The first error must also be the last one in the log.
                await Console
                    .Error.WriteLineAsync($"The initialization error could not be reported: {reportFailure.Message}")
                    .ConfigureAwait(false);
            }

            throw;
        }
    }

    private async Task RunLoopAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ServeNextAsync(cancellationToken).ConfigureAwait(false);
                if (_runOnce)
                    return;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (OperationCanceledException)
            {
                // The client's own timeout: retry.
            }
        }
    }

    private async Task RunSturdyLoopAsync(CancellationToken cancellationToken)
    {
        var pause = TimeSpan.Zero;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ServeNextAsync(cancellationToken).ConfigureAwait(false);
                pause = TimeSpan.Zero;
                _trouble = null;
                if (_runOnce)
                    return;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Without a pause, the loop would call an unreachable runtime API without a break, and every loop would log each failure.
                if (Interlocked.Exchange(ref _trouble, exception.Message) != exception.Message)
                    await Console.Error.WriteLineAsync(exception.Message).ConfigureAwait(false);
                pause =
                    pause == TimeSpan.Zero ? TimeSpan.FromMilliseconds(20)
                    : pause * 2 < LongestPause ? pause * 2
                    : LongestPause;
                await Task.Delay(pause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ServeNextAsync(CancellationToken cancellationToken)
    {
        var (body, context) = await _runtime.GetNextAsync(cancellationToken).ConfigureAwait(false);
        using var invocation = new InvocationRequest(body, context);
        RuntimeLogger.Invocation = context;
        LambdaTraceProvider.CurrentTraceId = context.TraceId;
        if (!_severalLoops)
            Environment.SetEnvironmentVariable("_X_AMZN_TRACE_ID", context.TraceId);

        InvocationResponse response;
        try
        {
            response = await _handler(invocation).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await Console.Error.WriteLineAsync(exception.ToString()).ConfigureAwait(false);
            await _runtime.ReportInvocationErrorAsync(context.AwsRequestId, exception, cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            await _runtime.SendResponseAsync(context.AwsRequestId, response?.OutputStream, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (response is { DisposeOutputStream: true })
                await response.OutputStream.DisposeAsync().ConfigureAwait(false);
        }
    }
}
