using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.LambdaEmulator.Functions;

/// <summary>A request of a function's process to the runtime API.</summary>
internal readonly record struct RuntimeCall(RuntimeOperation Operation, string Function, string RequestId);

internal enum RuntimeOperation
{
    Next,
    Response,
    Error,
    InitError,
}

/// <summary>
/// The runtime API, version 2018-06-01, for each function under its name. As AWS's own runtime clients do, a process must keep the
/// connection of an invocation open until it has responded. A closed connection means that the process died, and its invocation ends at
/// once. (AWS's own test tool gives the invocation to the next process.)
/// </summary>
internal sealed class RuntimeApi(Func<string, Function> functions, ILogger logger)
{
    private const string Version = "/2018-06-01/runtime/";
    private const string DefaultFunction = "function";

    private static readonly byte[] Accepted = """{"status":"success"}"""u8.ToArray();

    public static bool TryMatch(string method, string path, out RuntimeCall call)
    {
        call = default;
        var version = path.IndexOf(Version, StringComparison.Ordinal);
        if (version < 0 || path.LastIndexOf('/', Math.Max(version - 1, 0)) > 0)
            return false;

        var function = version == 0 ? DefaultFunction : path[1..version];
        RuntimeOperation? operation = path[(version + Version.Length)..].Split('/') switch
        {
            ["invocation", "next"] when HttpMethods.IsGet(method) => RuntimeOperation.Next,
            ["invocation", _, "response"] when HttpMethods.IsPost(method) => RuntimeOperation.Response,
            ["invocation", _, "error"] when HttpMethods.IsPost(method) => RuntimeOperation.Error,
            ["init", "error"] when HttpMethods.IsPost(method) => RuntimeOperation.InitError,
            _ => null,
        };
        if (operation is null)
            return false;
        call = new RuntimeCall(operation.Value, function, path[(version + Version.Length)..].Split('/')[1]);
        return true;
    }

    public Task HandleAsync(HttpContext context, RuntimeCall call)
    {
        var function = functions(call.Function);
        return call.Operation switch
        {
            RuntimeOperation.Next => NextAsync(context, function),
            RuntimeOperation.Response => RespondAsync(context, function, call.RequestId),
            RuntimeOperation.Error => FailAsync(context, function, call.RequestId),
            _ => FailStartAsync(context, function),
        };
    }

    private async Task NextAsync(HttpContext context, Function function)
    {
        Invocation invocation;
        try
        {
            invocation = await function.NextAsync(context.RequestAborted);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // Nobody can receive the response, or there will be no more invocations.
            context.Abort();
            return;
        }

        try
        {
            if (!IsThere(context))
                throw new OperationCanceledException(context.RequestAborted);
            await WriteAsync(context, function, invocation);
        }
        catch (Exception exception)
        {
            // Whatever happened to the process, another process must serve the invocation.
            function.TakeBack(invocation);
            context.Abort();
            if (exception is not (OperationCanceledException or IOException))
                throw;
            return;
        }

        invocation.WhenRuntimeGone(
            gone =>
            {
                logger.LogError("A process of {Function} ended while it served {RequestId}.", function.Name, gone.RequestId);
                function.End(gone.RequestId, Outcome.FunctionError.Exited(gone.RequestId));
            },
            context.Features.GetRequiredFeature<IConnectionLifetimeFeature>().ConnectionClosed
        );
    }

    private static async Task WriteAsync(HttpContext context, Function function, Invocation invocation)
    {
        var response = context.Response;
        response.ContentType = "application/json";
        response.ContentLength = invocation.Payload.Length;
        response.Headers["Lambda-Runtime-Aws-Request-Id"] = invocation.RequestId;
        response.Headers["Lambda-Runtime-Deadline-Ms"] = invocation
            .Deadline!.Value.ToUnixTimeMilliseconds()
            .ToString(CultureInfo.InvariantCulture);
        response.Headers["Lambda-Runtime-Invoked-Function-Arn"] = function.Arn;
        response.Headers["Lambda-Runtime-Trace-Id"] = invocation.TraceId;
        if (invocation.ClientContext is not null)
            response.Headers["Lambda-Runtime-Client-Context"] = invocation.ClientContext;
        await response.Body.WriteAsync(invocation.Payload, context.RequestAborted);
    }

    private static async Task RespondAsync(HttpContext context, Function function, string requestId)
    {
        // AWS refuses a response that is too large, and the process ends. Here, as in AWS's own test tool, the process continues. The
        // caller gets AWS's error in both cases.
        var payload = await RequestBody.ReadAsync(context.Request, LambdaServiceOptions.MaxPayload, context.RequestAborted);
        function.End(requestId, payload is null ? Outcome.FunctionError.ResponseTooLarge() : new Outcome.Success(payload));
        await AcceptAsync(context);
    }

    private static async Task FailAsync(HttpContext context, Function function, string requestId)
    {
        function.End(requestId, await ReadErrorAsync(context));
        await AcceptAsync(context);
    }

    private async Task FailStartAsync(HttpContext context, Function function)
    {
        logger.LogError("A process of {Function} failed to initialize: its own output says why.", function.Name);
        function.FailStart(await ReadErrorAsync(context));
        await AcceptAsync(context);
    }

    private static async Task<Outcome.FunctionError> ReadErrorAsync(HttpContext context)
    {
        var document = await RequestBody.ReadAsync(context.Request, LambdaServiceOptions.MaxPayload, context.RequestAborted);
        return document is { Length: > 0 }
            ? new Outcome.FunctionError(document)
            : Outcome.FunctionError.Of(
                context.Request.Headers["Lambda-Runtime-Function-Error-Type"].ToString() is { Length: > 0 } type ? type : "Runtime.Unknown",
                ""
            );
    }

    private static async Task AcceptAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = Accepted.Length;
        await context.Response.Body.WriteAsync(Accepted, context.RequestAborted);
    }

    // The socket detects a closed connection earlier than the token.
    private static bool IsThere(HttpContext context)
    {
        if (context.RequestAborted.IsCancellationRequested)
            return false;
        try
        {
            var socket = context.Features.Get<IConnectionSocketFeature>()?.Socket;
            return socket is null || !socket.Poll(0, SelectMode.SelectRead) || socket.Available > 0;
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            return false;
        }
    }
}
