using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.Tests.Support;

/// <summary>The possible effects of the proxy on a request.</summary>
internal enum Fault
{
    /// <summary>The request is forwarded.</summary>
    None,

    /// <summary>The request is refused as by a table whose throughput is exceeded.</summary>
    OverThroughput,

    /// <summary>The request is refused as by an account whose request rate is exceeded.</summary>
    Throttled,

    /// <summary>The response is an internal error of the engine.</summary>
    ServerError,

    /// <summary>There is no response until the caller gives up.</summary>
    Hang,

    /// <summary>The connection is closed before the engine receives the request.</summary>
    CutOff,

    /// <summary>The engine executes the request, and the connection is closed instead of returning the response.</summary>
    LoseAnswer,
}

/// <summary>The properties of a request for a rule.</summary>
/// <param name="Operation">For example <c>PutItem</c>.</param>
/// <param name="Table">The table; null for an operation without a table.</param>
/// <param name="Number">The number of this request among those with the same operation and table, from 1.</param>
internal readonly record struct ProxiedRequest(string Operation, string? Table, int Number)
{
    /// <summary>Whether the request writes to the query table.</summary>
    public bool IsProjection => Operation == "PutItem" && Table == "notification-records";
}

/// <summary>
/// A proxy between a client and DynamoDB that makes requests fail according to a rule. Bytes and headers are forwarded and returned
/// unchanged, so that checksums stay valid.
/// </summary>
internal sealed class FaultyProxy : IAsyncDisposable
{
    private const string TargetHeader = "X-Amz-Target";

    private readonly WebApplication app;
    private readonly HttpClient engine;
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentDictionary<(string Operation, string? Table), int> numbers = new();
    private readonly ConcurrentDictionary<Fault, int> done = new();
    private volatile Func<ProxiedRequest, Fault> rule;

    private FaultyProxy(WebApplication app, Uri engine, Func<ProxiedRequest, Fault> rule)
    {
        this.app = app;
        this.rule = rule;
        this.engine = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = engine,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        app.Run(AnswerAsync);
    }

    public Uri Endpoint => new(app.Urls.Single());

    /// <summary>Decides the fault of a request. May be replaced at any time.</summary>
    public Func<ProxiedRequest, Fault> Rule
    {
        get => rule;
        set => rule = value;
    }

    /// <summary>How often a fault occurred.</summary>
    public int Count(Fault fault) => done.GetValueOrDefault(fault);

    public static async Task<FaultyProxy> StartAsync(Uri engine, Func<ProxiedRequest, Fault> rule)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var proxy = new FaultyProxy(app, engine, rule);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync(); // ends the requests that hang
        await app.DisposeAsync();
        engine.Dispose();
        stopping.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var target = context.Request.Headers[TargetHeader].ToString();
        var operation = target[(target.LastIndexOf('.') + 1)..];
        var table = TableOf(body);
        var number = numbers.AddOrUpdate((operation, table), 1, (_, before) => before + 1);
        var fault = rule(new(operation, table, number));
        done.AddOrUpdate(fault, 1, (_, before) => before + 1);
        switch (fault)
        {
            case Fault.OverThroughput:
                await RefuseAsync(
                    context,
                    StatusCodes.Status400BadRequest,
                    "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
                );
                break;
            case Fault.Throttled:
                await RefuseAsync(context, StatusCodes.Status400BadRequest, "com.amazon.coral.availability#ThrottlingException");
                break;
            case Fault.ServerError:
                await RefuseAsync(
                    context,
                    StatusCodes.Status500InternalServerError,
                    "com.amazonaws.dynamodb.v20120810#InternalServerError"
                );
                break;
            case Fault.Hang:
                using (var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping.Token))
                    await Task.Delay(Timeout.Infinite, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                context.Abort();
                break;
            case Fault.CutOff:
                context.Abort();
                break;
            case Fault.LoseAnswer:
                using (var lost = await ForwardAsync(context, body))
                    await lost.Content.ReadAsByteArrayAsync(stopping.Token);
                context.Abort();
                break;
            default:
                using (var answer = await ForwardAsync(context, body))
                    await PassBackAsync(context, answer);
                break;
        }
    }

    // Not cancelled with the caller: as over a real network, the engine may still execute a request that the client has given up.
    private async Task<HttpResponseMessage> ForwardAsync(HttpContext context, MemoryStream body)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Parse(context.Request.Method),
            context.Request.Path + context.Request.QueryString
        )
        {
            Content = new ByteArrayContent(body.GetBuffer(), 0, (int)body.Length),
        };
        foreach (var (name, values) in context.Request.Headers)
        {
            if (IsOfTheConnection(name))
                continue;
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                request.Content.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        }

        return await engine.SendAsync(request, HttpCompletionOption.ResponseContentRead, stopping.Token);
    }

    private static async Task PassBackAsync(HttpContext context, HttpResponseMessage answer)
    {
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            if (!IsOfTheConnection(name))
                context.Response.Headers[name] = values.ToArray();
        var bytes = await answer.Content.ReadAsByteArrayAsync(context.RequestAborted);
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private static async Task RefuseAsync(HttpContext context, int status, string type)
    {
        var bytes = Encoding.UTF8.GetBytes($$"""{"__type":"{{type}}","message":"made by a test"}""");
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/x-amz-json-1.0";
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers["x-amzn-RequestId"] = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private static bool IsOfTheConnection(string header) =>
        header.Equals("Host", StringComparison.OrdinalIgnoreCase)
        || header.Equals("Connection", StringComparison.OrdinalIgnoreCase)
        || header.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)
        || header.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
        || header.Equals("Expect", StringComparison.OrdinalIgnoreCase);

    private static string? TableOf(MemoryStream body)
    {
        if (body.Length == 0)
            return null;
        using var json = JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
        return json.RootElement.TryGetProperty("TableName"u8, out var name) ? name.GetString() : null;
    }
}
