using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>
/// Replaces an engine that is as far away as DynamoDB is from a function. It responds to writes itself, with as little processor time as
/// possible, so that the cores of the machine are free for the projection.
/// </summary>
internal sealed class DistantEngine : IAsyncDisposable
{
    private static readonly byte[] Empty = "{}"u8.ToArray();

    private readonly WebApplication server;
    private readonly DistantAnswers answers = new();

    private DistantEngine(WebApplication server)
    {
        this.server = server;
        server.Run(AnswerAsync); // without routing
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
        var body = http.Request.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync(http.RequestAborted);
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
        }

        await Task.Delay(answers.Next(), http.RequestAborted);
        http.Response.ContentType = "application/x-amz-json-1.0";
        http.Response.ContentLength = Empty.Length;
        await http.Response.BodyWriter.WriteAsync(Empty, http.RequestAborted);
    }
}
