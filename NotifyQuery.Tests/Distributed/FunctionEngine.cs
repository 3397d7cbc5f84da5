using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.Tests.Distributed;

/// <summary>
/// Lambda for one function, as far as a killed process concerns it: the Invoke API, and the runtime API behind it. An invocation whose
/// process died ends as Lambda ends it, when <see cref="FailUnderWay"/> says that it died.
/// </summary>
internal sealed class FunctionEngine : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<Invocation> _waiting = Channel.CreateUnbounded<Invocation>();
    private readonly ConcurrentDictionary<string, Invocation> _underWay = new();
    private long _invocations;

    private FunctionEngine(WebApplication app)
    {
        _app = app;
        app.MapPost("/2015-03-31/functions/{function}/invocations", InvokeAsync);
        app.MapGet("/2018-06-01/runtime/invocation/next", NextAsync);
        app.MapPost(
            "/2018-06-01/runtime/invocation/{id}/{kind}",
            async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body, context.RequestAborted);
                if (_underWay.TryRemove((string)context.Request.RouteValues["id"]!, out var invocation))
                    invocation.Answer.TrySetResult((body.ToArray(), (string)context.Request.RouteValues["kind"]! == "error"));
                context.Response.StatusCode = StatusCodes.Status202Accepted;
            }
        );
    }

    /// <summary>How often the function was invoked.</summary>
    public long Invocations => Interlocked.Read(ref _invocations);

    public Uri Endpoint => new(_app.Urls.Single());

    public static async Task<FunctionEngine> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var engine = new FunctionEngine(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return engine;
    }

    /// <summary>The process of the function has died.</summary>
    public void FailUnderWay()
    {
        foreach (var id in _underWay.Keys)
            if (_underWay.TryRemove(id, out var invocation))
                invocation.Answer.TrySetResult(("""{"errorType":"Runtime.ExitError"}"""u8.ToArray(), true));
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task InvokeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        Interlocked.Increment(ref _invocations);
        var invocation = new Invocation(body.ToArray());
        await _waiting.Writer.WriteAsync(invocation, context.RequestAborted);
        var (answer, failed) = await invocation.Answer.Task.WaitAsync(context.RequestAborted);
        if (failed)
            context.Response.Headers["X-Amz-Function-Error"] = "Unhandled";
        await context.Response.Body.WriteAsync(answer, context.RequestAborted);
    }

    private async Task NextAsync(HttpContext context)
    {
        var invocation = await _waiting.Reader.ReadAsync(context.RequestAborted);
        var id = Guid.NewGuid().ToString();
        _underWay[id] = invocation;
        context.Response.Headers["Lambda-Runtime-Aws-Request-Id"] = id;
        context.Response.Headers["Lambda-Runtime-Deadline-Ms"] = DateTimeOffset
            .UtcNow.AddMinutes(1)
            .ToUnixTimeMilliseconds()
            .ToString(CultureInfo.InvariantCulture);
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(invocation.Payload, context.RequestAborted);
    }

    private sealed record Invocation(byte[] Payload)
    {
        public TaskCompletionSource<(byte[] Body, bool Failed)> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
