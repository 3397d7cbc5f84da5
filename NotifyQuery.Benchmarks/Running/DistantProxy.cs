using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>
/// A proxy between a function and a local engine. It returns each response no earlier than DynamoDB would. If the local engine is slower
/// than that, the response is slower too.
/// </summary>
internal sealed class DistantProxy : IAsyncDisposable
{
    private readonly WebApplication server;
    private readonly Uri engine;
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null });
    private readonly DistantAnswers answers = new();

    private DistantProxy(WebApplication server, Uri engine)
    {
        (this.server, this.engine) = (server, engine);
        server.MapPost("/", ForwardAsync);
    }

    /// <summary>The address.</summary>
    public Uri Endpoint => new(server.Urls.First());

    public static async Task<DistantProxy> StartAsync(Uri engine, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var proxy = new DistantProxy(builder.Build(), engine);
        await proxy.server.StartAsync(cancellationToken);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        client.Dispose();
    }

    private async Task ForwardAsync(HttpContext http)
    {
        var arrived = Stopwatch.GetTimestamp();
        var takes = answers.Next();
        using var request = new HttpRequestMessage(HttpMethod.Post, engine) { Content = new StreamContent(http.Request.Body) };
        foreach (var (name, values) in http.Request.Headers)
        {
            // Without validation, so that Authorization is passed unchanged: its access key selects the tables.
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                request.Content.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        }

        request.Headers.Host = null;
        using var response = await client.SendAsync(request, http.RequestAborted);
        var body = await response.Content.ReadAsByteArrayAsync(http.RequestAborted);
        if (takes - Stopwatch.GetElapsedTime(arrived) is { Ticks: > 0 } rest)
            await Task.Delay(rest, http.RequestAborted);
        http.Response.StatusCode = (int)response.StatusCode;
        http.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}
