using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>
/// Replaces an engine that is as far away as DynamoDB is from a function. It responds to writes itself, so all cores of the machine are
/// free for the projection.
/// </summary>
internal sealed class DistantEngine : IAsyncDisposable
{
    private readonly WebApplication server;
    private readonly DistantAnswers answers = new();

    private DistantEngine(WebApplication server)
    {
        this.server = server;
        server.MapPost("/", AnswerAsync);
    }

    /// <summary>The address.</summary>
    public Uri Endpoint => new(server.Urls.First());

    public static async Task<DistantEngine> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var engine = new DistantEngine(builder.Build());
        await engine.server.StartAsync(cancellationToken);
        return engine;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Headers["X-Amz-Target"] != "DynamoDB_20120810.PutItem")
            throw new InvalidOperationException("only writes are supported here");
        await http.Request.Body.CopyToAsync(Stream.Null, http.RequestAborted);
        await Task.Delay(answers.Next(), http.RequestAborted);
        http.Response.ContentType = "application/x-amz-json-1.0";
        await http.Response.WriteAsync("{}", http.RequestAborted);
    }
}
