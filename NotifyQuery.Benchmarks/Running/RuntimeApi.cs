using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>
/// The side of Lambda's runtime API that a function's process calls, for one function at a time: it returns one event, and records when it
/// was requested and when it was answered. It also replaces the Handler that the Query function calls.
/// </summary>
internal sealed class RuntimeApi : IAsyncDisposable
{
    private const string Prefix = "/2018-06-01/runtime";

    private readonly WebApplication server;
    private string payload = "";
    private TaskCompletionSource<long> asked = new();
    private TaskCompletionSource<(long At, string Body)> answered = new();

    private RuntimeApi(WebApplication server)
    {
        this.server = server;
        server.MapGet(Prefix + "/invocation/next", NextAsync);
        server.MapPost(Prefix + "/invocation/{id}/{outcome}", AnswerAsync);
        server.MapPost(Prefix + "/init/error", AnswerAsync);
        server.MapGet("/query/user", () => Results.Text("""{"items":[],"count":0,"next_cursor":null}""", "application/json"));
    }

    /// <summary>Host and port, in the form of <c>AWS_LAMBDA_RUNTIME_API</c>.</summary>
    public string Authority => new Uri(server.Urls.First()).Authority;

    public static async Task<RuntimeApi> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var api = new RuntimeApi(builder.Build());
        await api.server.StartAsync(cancellationToken);
        return api;
    }

    /// <summary>Prepares for a new process, which gets this event.</summary>
    public void Reset(string eventJson) =>
        (payload, asked, answered) = (
            eventJson,
            new(TaskCreationOptions.RunContinuationsAsynchronously),
            new(TaskCreationOptions.RunContinuationsAsynchronously)
        );

    /// <summary>When the process asked for its event, and when it answered; throws if it reported an error.</summary>
    public async Task<(long Requested, long Answered)> FirstInvocationAsync(CancellationToken cancellationToken)
    {
        var first = await answered.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
        return (await asked.Task, first.At);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task NextAsync(HttpContext http)
    {
        if (!asked.TrySetResult(Stopwatch.GetTimestamp()))
        {
            // There is only one event: the process waits for the next until it is ended.
            await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        http.Response.ContentType = "application/json";
        http.Response.Headers["Lambda-Runtime-Aws-Request-Id"] = Guid.NewGuid().ToString();
        http.Response.Headers["Lambda-Runtime-Deadline-Ms"] = DateTimeOffset
            .UtcNow.AddSeconds(30)
            .ToUnixTimeMilliseconds()
            .ToString(CultureInfo.InvariantCulture);
        http.Response.Headers["Lambda-Runtime-Invoked-Function-Arn"] = "arn:aws:lambda:us-east-1:123456789012:function:bench";
        await http.Response.WriteAsync(payload);
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var at = Stopwatch.GetTimestamp();
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync();
        if (http.Request.Path.Value!.EndsWith("/response", StringComparison.Ordinal))
            answered.TrySetResult((at, body));
        else
            answered.TrySetException(new InvalidOperationException($"the function failed: {body}"));
        http.Response.StatusCode = StatusCodes.Status202Accepted;
    }
}
