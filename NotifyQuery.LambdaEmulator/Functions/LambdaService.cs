using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.LambdaEmulator.Functions;

/// <summary>Lambda on one port: the runtime API for processes of functions, and the Invoke API for callers.</summary>
internal sealed class LambdaService : IAsyncDisposable
{
    // The X-Ray cause of a function error is a header of up to 1 MiB.
    private const int LongestHeaders = 2 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, Function> functions = new(StringComparer.Ordinal);
    private readonly LambdaServiceOptions options;
    private readonly WebApplication server;
    private readonly InvokeApi invoke;
    private readonly RuntimeApi runtime;
    private readonly EventInvocations events;

    private LambdaService(LambdaServiceOptions options)
    {
        this.options = options;
        server = HttpServer.Create(
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
        var logger = server.Services.GetRequiredService<ILoggerFactory>().CreateLogger("LambdaService");
        events = new EventInvocations(options, logger);
        invoke = new InvokeApi(Function, events, options);
        runtime = new RuntimeApi(Function, logger);
        server.AdmitOnlyLocalCallers(options.Host, pagesMayRead: false);
        server.Run(HandleAsync);
    }

    public Uri Address { get; private set; } = null!;

    public static async Task<LambdaService> StartAsync(LambdaServiceOptions options, CancellationToken cancellationToken)
    {
        var emulator = new LambdaService(options);
        await emulator.server.StartAsync(cancellationToken);
        emulator.Address = HttpServer.Address(emulator.server);
        return emulator;
    }

    public Function Function(string name) =>
        functions.GetOrAdd(name, static (name, options) => new Function(name, FunctionName.Arn(name), options), options);

    public async ValueTask DisposeAsync()
    {
        // First ends the waiting calls, because the server would wait for them.
        foreach (var function in functions.Values)
            function.Stop();
        await events.DisposeAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2), options.Time);
        await server.StopAsync(limit.Token);
        await server.DisposeAsync();
    }

    private Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (InvokeApi.TryMatch(context.Request.Method, path, out var function))
            return invoke.InvokeAsync(context, function);
        if (RuntimeApi.TryMatch(context.Request.Method, path, out var call))
            return runtime.HandleAsync(context, call);
        if (path == "/lambda-runtime-api/healthcheck")
            return context.Response.WriteAsync("health");

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync(
            "This is the Lambda emulator. It serves POST /2015-03-31/functions/{name}/invocations and the runtime API under "
                + "/{name}/2018-06-01/runtime/."
        );
    }
}
