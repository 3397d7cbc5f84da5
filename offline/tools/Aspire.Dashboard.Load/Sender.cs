using System.Buffers.Binary;
using System.Diagnostics;
using Offline.Tests.Dashboard;

namespace Aspire.Dashboard.Load;

internal sealed record LoadResult(long Spans, TimeSpan Elapsed, int Failed, int SpansPerRequest, double P50, double P99);

/// <summary>
/// Five services that send what a request through all of them makes: traces of five spans with ten attributes each. Each service sends
/// four times a second, as a busy exporter does.
/// </summary>
internal sealed class Sender(Uri receiver, string? apiKey, LoadOptions options)
{
    private const int RequestsPerSecond = 4;

    private static readonly string[] s_services = ["gateway", "query", "handler", "result", "processor"];

    public async Task<LoadResult> RunAsync(CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = receiver };
        if (apiKey is not null)
            client.DefaultRequestHeaders.Add("x-otlp-api-key", apiKey);
        var perRequest = Math.Max(1, options.SpansPerSecond / s_services.Length / RequestsPerSecond);
        var times = new List<double>();
        var (spans, failed, trace) = (0L, 0, 0L);
        var began = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1d / RequestsPerSecond));
        for (var round = 0; round < options.Seconds * RequestsPerSecond; round++)
        {
            for (var service = 0; service < s_services.Length; service++)
            {
                using var content = new ByteArrayContent(Batch(service, trace, perRequest));
                content.Headers.ContentType = new("application/x-protobuf");
                var sent = Stopwatch.GetTimestamp();
                using var answer = await client.PostAsync(new Uri("/v1/traces", UriKind.Relative), content, cancellationToken);
                times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
                failed += answer.IsSuccessStatusCode ? 0 : 1;
                spans += perRequest;
            }

            trace += perRequest;
            await timer.WaitForNextTickAsync(cancellationToken);
        }

        times.Sort();
        return new(spans, Stopwatch.GetElapsedTime(began), failed, perRequest, times[times.Count / 2], times[(int)(times.Count * 0.99)]);
    }

    private static byte[] Batch(int service, long firstTrace, int count) => OtlpWriter.Export(s_services[service], "load", Enumerable.Range(0, count).Select(i =>
    {
        var trace = firstTrace + i;
        var start = (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
        return OtlpWriter.Span(TraceId(trace), SpanId(trace, service), service == 0 ? null : SpanId(trace, service - 1), $"step {service}", start,
            start + (ulong)(10 - service) * 1_000_000, span =>
            {
                for (var attribute = 0; attribute < 8; attribute++)
                    span.Attribute(9, $"load.attribute.{attribute}", $"value {attribute} of {service}");
                span.Attribute(9, "load.trace", $"trace number {trace}").Attribute(9, "url.path", $"/query/user/{trace}");
            });
    }));

    private static byte[] TraceId(long trace)
    {
        var id = new byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, Environment.ProcessId);
        BinaryPrimitives.WriteInt64BigEndian(id.AsSpan(8), trace + 1);
        return id;
    }

    private static byte[] SpanId(long trace, int service)
    {
        var id = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(id, (trace << 3) + service + 1);
        return id;
    }
}
