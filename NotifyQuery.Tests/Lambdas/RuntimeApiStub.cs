using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NotifyQuery.Tests.EventSource;

namespace NotifyQuery.Tests.Lambdas;

/// <summary>
/// Lambda's runtime API for one function, as far as a stop concerns it: it hands out invocations one by one, can hold every step of it, and
/// keeps what was posted.
/// </summary>
internal sealed class RuntimeApiStub : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Channel<string> invocations = Channel.CreateUnbounded<string>();
    private int polling;

    private RuntimeApiStub(WebApplication app)
    {
        this.app = app;
        app.MapGet(
            "/2018-06-01/runtime/invocation/next",
            async context =>
            {
                Interlocked.Increment(ref polling);
                try
                {
                    var payload = await invocations.Reader.ReadAsync(context.RequestAborted);
                    context.Response.Headers["Lambda-Runtime-Aws-Request-Id"] = "request-1";
                    context.Response.Headers["Lambda-Runtime-Deadline-Ms"] =
                        $"{DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeMilliseconds()}";
                    context.Response.ContentType = "application/json";
                    await context.Response.StartAsync(context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                    HandingOut.TrySetResult();
                    await Steps.BeforeBody.Task;
                    await context.Response.WriteAsync(payload, context.RequestAborted);
                }
                finally
                {
                    Interlocked.Decrement(ref polling);
                }
            }
        );
        app.MapPost(
            "/2018-06-01/runtime/invocation/{id}/{kind}",
            async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                var body = await reader.ReadToEndAsync(context.RequestAborted);
                Posting.TrySetResult();
                await Steps.BeforeAccepted.Task;
                context.RequestAborted.ThrowIfCancellationRequested();
                Posts.Enqueue(((string)context.Request.RouteValues["kind"]!, body));
                context.Response.StatusCode = StatusCodes.Status202Accepted;
                await context.Response.WriteAsync("""{"status":"OK"}""", context.RequestAborted);
            }
        );
    }

    /// <summary>What is held until a test completes it.</summary>
    public (TaskCompletionSource BeforeBody, TaskCompletionSource BeforeAccepted) Steps { get; } = (Open(), Open());

    /// <summary>Completed when the headers of an invocation were sent.</summary>
    public TaskCompletionSource HandingOut { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completed when an answer has arrived, accepted or not.</summary>
    public TaskCompletionSource Posting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The answers that were accepted: <c>response</c> or <c>error</c>, and the body.</summary>
    public ConcurrentQueue<(string Kind, string Body)> Posts { get; } = new();

    /// <summary>Host and port.</summary>
    public string Endpoint => new Uri(app.Urls.Single()).Authority;

    /// <summary>The function waits for an invocation.</summary>
    public Task IsPolledAsync() => Eventually.TrueAsync(() => Volatile.Read(ref polling) == 1, "the function polls for an invocation");

    public static async Task<RuntimeApiStub> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var stub = new RuntimeApiStub(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return stub;
    }

    public void Invoke(string payload) => invocations.Writer.TryWrite(payload);

    /// <summary>Makes everything go on that is held.</summary>
    public void Release()
    {
        Steps.BeforeBody.TrySetResult();
        Steps.BeforeAccepted.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        Release();
        await app.DisposeAsync();
    }

    private static TaskCompletionSource Open() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
