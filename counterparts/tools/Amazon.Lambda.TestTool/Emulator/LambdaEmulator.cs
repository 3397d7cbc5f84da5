using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Amazon.Lambda.TestTool.Emulator;

/// <summary>Lambda on one port: the runtime API for processes of functions, and the Invoke API for callers.</summary>
internal sealed class LambdaEmulator : IAsyncDisposable
{
    // The X-Ray cause of a function error is a header of up to 1 MiB.
    private const int LongestHeaders = 2 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, Function> _functions = new(StringComparer.Ordinal);
    private readonly EmulatorOptions _options;
    private readonly WebApplication _server;
    private readonly InvokeApi _invoke;
    private readonly RuntimeApi _runtime;
    private readonly EventInvocations _events;

    private LambdaEmulator(EmulatorOptions options)
    {
        _options = options;
        _server = HttpServer.Create(
            options.Host,
            options.Port,
            limits =>
            {
                // An idle connection is a running function, or one in a debugger: only its process may close it. (An infinite timeout
                // overflows in the server's clock and closes connections every second.)
                limits.KeepAliveTimeout = TimeSpan.FromDays(7);
                limits.MinRequestBodyDataRate = null;
                limits.MinResponseDataRate = null;
                limits.MaxRequestBodySize = null;
                limits.MaxRequestHeadersTotalSize = LongestHeaders;
                limits.MaxRequestBufferSize = LongestHeaders;
            }
        );
        var logger = _server.Services.GetRequiredService<ILoggerFactory>().CreateLogger("LambdaEmulator");
        _events = new EventInvocations(options, logger);
        _invoke = new InvokeApi(Function, _events, options);
        _runtime = new RuntimeApi(Function, logger);
        _server.AdmitOnlyLocalCallers(options.Host, pagesMayRead: false);
        _server.Run(HandleAsync);
    }

    public Uri Address { get; private set; } = null!;

    public static async Task<LambdaEmulator> StartAsync(EmulatorOptions options, CancellationToken cancellationToken)
    {
        var emulator = new LambdaEmulator(options);
        await emulator._server.StartAsync(cancellationToken);
        emulator.Address = HttpServer.Address(emulator._server);
        return emulator;
    }

    public Function Function(string name) =>
        _functions.GetOrAdd(name, static (name, options) => new Function(name, FunctionName.Arn(name), options), _options);

    public async ValueTask DisposeAsync()
    {
        // First ends the waiting calls, because the server would wait for them.
        foreach (var function in _functions.Values)
            function.Stop();
        await _events.DisposeAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2), _options.Time);
        await _server.StopAsync(limit.Token);
        await _server.DisposeAsync();
    }

    private Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (InvokeApi.TryMatch(context.Request.Method, path, out var function))
            return _invoke.InvokeAsync(context, function);
        if (RuntimeApi.TryMatch(context.Request.Method, path, out var call))
            return _runtime.HandleAsync(context, call);
        if (path == "/lambda-runtime-api/healthcheck")
            return context.Response.WriteAsync("health");

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync(
            "This is the Lambda emulator. It serves POST /2015-03-31/functions/{name}/invocations and the runtime API under "
                + "/{name}/2018-06-01/runtime/."
        );
    }
}
