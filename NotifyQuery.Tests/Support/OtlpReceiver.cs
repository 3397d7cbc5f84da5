using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.Tests.Support;

/// <summary>Receives telemetry over OTLP, by gRPC (without TLS) on one port and by HTTP on another, and stores all of it.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private ImmutableList<OtlpSpan> spans = [];
    private ImmutableList<OtlpLog> logs = [];
    private ImmutableList<OtlpPoint> points = [];
    private ImmutableList<ByteString> requests = [];

    private OtlpReceiver(WebApplication app) => this.app = app;

    public string GrpcEndpoint => app.Urls.First();

    public string HttpEndpoint => app.Urls.Last();

    public ImmutableList<OtlpSpan> Spans => spans;

    public ImmutableList<OtlpLog> Logs => logs;

    public ImmutableList<OtlpPoint> Points => points;

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        var app = builder.Build();
        var receiver = new OtlpReceiver(app);
        app.MapPost("/opentelemetry.proto.collector.{signal}.v1.{service}/Export", receiver.TakeGrpcAsync);
        app.MapPost("/v1/{signal}", receiver.TakeHttpAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>Whether a text was received in any field.</summary>
    public bool Holds(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return requests.Exists(request => request.Span.IndexOf(bytes) >= 0);
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task TakeGrpcAsync(HttpContext http, string signal)
    {
        const int Prefix = 5; // gRPC's prefix: compression flag and length
        var body = await ReadAsync(http.Request);
        var length = (int)BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(1));
        Take(signal, ByteString.CopyFrom(body, Prefix, length));
        http.Response.ContentType = "application/grpc";
        await http.Response.Body.WriteAsync(new byte[Prefix]);
        http.Response.AppendTrailer("grpc-status", "0");
    }

    private async Task TakeHttpAsync(HttpContext http, string signal)
    {
        Take(signal, ByteString.CopyFrom(await ReadAsync(http.Request)));
        http.Response.ContentType = "application/x-protobuf";
    }

    private void Take(string signal, ByteString request)
    {
        ImmutableInterlocked.Update(ref requests, static (kept, request) => kept.Add(request), request);
        switch (signal)
        {
            case "trace" or "traces":
                ImmutableInterlocked.Update(ref spans, static (kept, spans) => kept.AddRange(spans), OtlpMessages.Spans(request).ToList());
                break;
            case "logs":
                ImmutableInterlocked.Update(ref logs, static (kept, logs) => kept.AddRange(logs), OtlpMessages.Logs(request).ToList());
                break;
            default:
                ImmutableInterlocked.Update(
                    ref points,
                    static (kept, points) => kept.AddRange(points),
                    OtlpMessages.Points(request).ToList()
                );
                break;
        }
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return body.ToArray();
    }
}
