using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.Tests.Distributed;

/// <summary>Takes what processes export over OTLP, and keeps it as it came: enough to see whether a text occurs in it.</summary>
internal sealed class CollectedTelemetry : IAsyncDisposable
{
    private readonly ConcurrentQueue<byte[]> received = new();
    private readonly WebApplication server;

    public CollectedTelemetry()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        server = builder.Build();
        server.MapPost(
            "/v1/{signal}",
            async (HttpRequest request) =>
            {
                using var body = new MemoryStream();
                await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
                received.Enqueue(body.ToArray());
                return Results.Bytes([], "application/x-protobuf");
            }
        );
    }

    /// <summary>Whether one export has all of these texts; they stand in protobuf as they are, in UTF-8.</summary>
    public bool Has(params string[] texts) =>
        received.Any(export => texts.All(text => export.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0));

    /// <summary>Whether one export has this trace and this text.</summary>
    /// <param name="traceId">The trace's id, in hexadecimal.</param>
    /// <param name="text">The text.</param>
    public bool HasTrace(string traceId, string text)
    {
        var (id, part) = (Convert.FromHexString(traceId), Encoding.UTF8.GetBytes(text));
        return received.Any(export => export.AsSpan().IndexOf(id) >= 0 && export.AsSpan().IndexOf(part) >= 0);
    }

    /// <summary>Begins to listen, and returns where.</summary>
    public async Task<string> StartAsync()
    {
        await server.StartAsync();
        return server.Urls.First();
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
