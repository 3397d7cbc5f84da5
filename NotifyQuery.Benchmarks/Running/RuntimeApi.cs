using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>
/// Lambda's runtime API for the process of one function. It returns one event after another, and records the times of the requests and
/// responses. It is also the endpoint that invokes the function, for the Handler.
/// </summary>
internal sealed class RuntimeApi : IAsyncDisposable
{
    private const string Prefix = "/2018-06-01/runtime";
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    private readonly WebApplication server;
    private readonly Channel<Event> waiting = Channel.CreateBounded<Event>(1);
    private readonly List<Invocation> invocations = [];
    private Event? current;

    private RuntimeApi(WebApplication server)
    {
        this.server = server;
        server.MapGet(Prefix + "/invocation/next", NextAsync);
        server.MapPost(Prefix + "/invocation/{id}/{outcome}", AnswerAsync);
        server.MapPost(Prefix + "/init/error", AnswerAsync);
        server.MapPost("/2015-03-31/functions/{name}/invocations", InvokeAsync);
    }

    /// <summary>Host and port, in the form of <c>AWS_LAMBDA_RUNTIME_API</c>.</summary>
    public string Authority => new Uri(server.Urls.First()).Authority;

    /// <summary>The completed invocations, oldest first.</summary>
    public IReadOnlyList<Invocation> Invocations
    {
        get
        {
            lock (invocations)
                return [.. invocations];
        }
    }

    public static async Task<RuntimeApi> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var api = new RuntimeApi(builder.Build());
        await api.server.StartAsync(cancellationToken);
        return api;
    }

    /// <summary>Passes an event to the function, and waits for the response. One call at a time.</summary>
    /// <exception cref="InvalidOperationException">The function reported an error.</exception>
    public async Task<string> InvokeAsync(string payload, CancellationToken cancellationToken)
    {
        var next = new Event(payload);
        await waiting.Writer.WriteAsync(next, cancellationToken);
        return await next.Answer.Task.WaitAsync(TimeLimit, cancellationToken);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task NextAsync(HttpContext http)
    {
        var requested = Stopwatch.GetTimestamp();
        if (current is { } done)
        {
            lock (invocations)
                invocations.Add(new(done.Requested, done.Sent, done.Answered, requested));
        }

        try
        {
            current = await waiting.Reader.ReadAsync(http.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            return; // the process has ended
        }

        (current.Requested, current.Sent) = (requested, Stopwatch.GetTimestamp());
        http.Response.ContentType = "application/json";
        http.Response.Headers["Lambda-Runtime-Aws-Request-Id"] = Guid.NewGuid().ToString();
        http.Response.Headers["Lambda-Runtime-Deadline-Ms"] = DateTimeOffset
            .UtcNow.AddSeconds(30)
            .ToUnixTimeMilliseconds()
            .ToString(CultureInfo.InvariantCulture);
        http.Response.Headers["Lambda-Runtime-Invoked-Function-Arn"] = "arn:aws:lambda:us-east-1:123456789012:function:bench";
        await http.Response.WriteAsync(current.Payload);
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var answered = Stopwatch.GetTimestamp();
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync();
        http.Response.StatusCode = StatusCodes.Status202Accepted;
        var failure = http.Request.Path.Value!.EndsWith("/response", StringComparison.Ordinal) ? null : $"the function failed: {body}";
        // An error before the first request for an event belongs to the waiting event.
        var its = current ?? await waiting.Reader.ReadAsync(http.RequestAborted);
        its.Answered = answered;
        if (failure is null)
            its.Answer.TrySetResult(body);
        else
            its.Answer.TrySetException(new InvalidOperationException(failure));
    }

    private async Task InvokeAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var answer = await InvokeAsync(await reader.ReadToEndAsync(http.RequestAborted), http.RequestAborted);
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(answer, http.RequestAborted);
    }

    private sealed class Event(string payload)
    {
        public string Payload => payload;

        public TaskCompletionSource<string> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Requested { get; set; }

        public long Sent { get; set; }

        public long Answered { get; set; }
    }
}

/// <summary>The times of an invocation, as timestamps of <see cref="Stopwatch"/>.</summary>
/// <param name="Requested">When the process requested an event.</param>
/// <param name="Sent">When it received this event.</param>
/// <param name="Answered">When it sent the response.</param>
/// <param name="Done">When it requested the next event.</param>
internal sealed record Invocation(long Requested, long Sent, long Answered, long Done)
{
    /// <summary>The duration that Lambda bills. It includes the work after the response.</summary>
    public TimeSpan Billed => Stopwatch.GetElapsedTime(Sent, Done);
}
