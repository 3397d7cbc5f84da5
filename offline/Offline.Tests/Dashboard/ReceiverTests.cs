using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using Aspire.Dashboard.Store;
using Offline.Tests.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using static Offline.Tests.Dashboard.RunningDashboard;

namespace Offline.Tests.Dashboard;

public sealed class ReceiverTests
{
    private const ulong Start = 1_700_000_000_000_000_000;

    [Theory]
    [InlineData(OtlpExportProtocol.Grpc, 0)]
    [InlineData(OtlpExportProtocol.HttpProtobuf, 1)]
    public async Task What_the_exporter_of_OpenTelemetry_sends_is_shown(OtlpExportProtocol protocol, int receiver)
    {
        await using var dashboard = await RunningDashboard.StartAsync();
        using var source = new ActivitySource($"exporter-{protocol}");
        ActivityTraceId trace;
        using (Sdk.CreateTracerProviderBuilder().AddSource(source.Name)
            .ConfigureResource(resource => resource.AddService("shop", serviceInstanceId: "one"))
            .AddOtlpExporter(otlp =>
            {
                otlp.Protocol = protocol;
                otlp.Endpoint = protocol is OtlpExportProtocol.Grpc ? dashboard.Server.Receivers[receiver] : new(dashboard.Server.Receivers[receiver], "/v1/traces");
                otlp.Headers = $"x-otlp-api-key={OtlpKey}";
            })
            .Build())
        {
            using var root = source.StartActivity("buy", ActivityKind.Server)!;
            trace = root.TraceId;
            using var child = source.StartActivity("pay", ActivityKind.Client)!;
            child.SetTag("items", 3).SetTag("names", new[] { "a", "b" }).SetStatus(ActivityStatusCode.Error, "no money");
            child.AddException(new InvalidOperationException("declined"));
        }

        var shown = await dashboard.GetAsync($"/api/traces/{trace}");

        var spans = shown.GetProperty("spans").EnumerateArray().ToList();
        Assert.Equal(["buy", "pay"], spans.Select(span => span.GetProperty("name").GetString()).Order());
        var paid = spans.Single(span => span.GetProperty("name").GetString() == "pay");
        Assert.Equal("shop", paid.GetProperty("resource").GetString());
        Assert.Equal("client", paid.GetProperty("kind").GetString());
        Assert.Equal("error", paid.GetProperty("status").GetString());
        Assert.Equal("no money", paid.GetProperty("statusMessage").GetString());
        Assert.False(paid.GetProperty("orphan").GetBoolean());
        var attributes = paid.GetProperty("attributes").EnumerateArray().ToDictionary(pair => pair[0].GetString()!, pair => pair[1].GetString());
        Assert.Equal("3", attributes["items"]);
        Assert.Equal("""["a","b"]""", attributes["names"]);
        Assert.Equal("exception", paid.GetProperty("events")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_compressed_message_is_read_over_both_protocols()
    {
        await using var dashboard = await RunningDashboard.StartAsync();
        using var content = new ByteArrayContent(Gzip(OneSpan(1)));
        content.Headers.ContentType = new("application/x-protobuf");
        content.Headers.ContentEncoding.Add("gzip");
        using var http = await dashboard.Otlp.PostAsync(new Uri("/v1/traces", UriKind.Relative), content, Wait.Limit);

        Assert.Equal(HttpStatusCode.OK, http.StatusCode);
        Assert.Equal("0", await GrpcAsync(dashboard, Framed(Gzip(OneSpan(2)), compressed: true), "gzip"));
        Assert.Equal(2, dashboard.Server.Store.Spans.Spans);
    }

    [Fact]
    public async Task Without_the_key_nothing_is_taken()
    {
        await using var dashboard = await RunningDashboard.StartAsync();
        dashboard.Otlp.DefaultRequestHeaders.Clear();
        using var missing = await dashboard.SendAsync("traces", OneSpan(1));
        dashboard.Otlp.DefaultRequestHeaders.Add("x-otlp-api-key", OtlpKey + "x");
        using var wrong = await dashboard.SendAsync("traces", OneSpan(1));

        Assert.Equal(HttpStatusCode.Unauthorized, missing.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Equal("16", await GrpcAsync(dashboard, Framed(OneSpan(1)), key: "no"));
        Assert.Equal(0, dashboard.Server.Store.Spans.Spans);
    }

    [Fact]
    public async Task A_request_of_a_page_is_refused()
    {
        await using var dashboard = await RunningDashboard.StartAsync();
        dashboard.Otlp.DefaultRequestHeaders.Add("Origin", "http://evil.example");
        using var answer = await dashboard.SendAsync("traces", OneSpan(1));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task What_is_too_long_too_many_or_too_deep_is_refused_with_the_reason()
    {
        await using var dashboard = await RunningDashboard.StartAsync(new Limits { RequestBytes = 100_000, MessageBytes = 200_000, ItemsPerRequest = 10 });
        using var tooLong = await dashboard.SendAsync("traces", new byte[100_001]);
        using var tooMany = await dashboard.SendAsync("traces", OtlpWriter.Export("shop", "s", Enumerable.Range(1, 11).Select(Span)));
        var value = OtlpWriter.Message(any => any.Text(1, "deep"));
        for (var depth = 0; depth < 1_000; depth++)
        {
            var inner = value;
            value = OtlpWriter.Message(any => any.Bytes(5, OtlpWriter.Message(array => array.Bytes(1, inner))));
        }

        using var tooDeep = await dashboard.SendAsync("traces", OtlpWriter.Export("shop", "s", OtlpWriter.Span(Id(16, 1), Id(8, 1), null, "n", Start, Start + 1,
            span => span.Bytes(9, OtlpWriter.Message(pair => pair.Text(1, "k").Bytes(2, value))))));
        using var bomb = new ByteArrayContent(Gzip(new byte[10_000_000]));
        bomb.Headers.ContentType = new("application/x-protobuf");
        bomb.Headers.ContentEncoding.Add("gzip");
        using var exploding = await dashboard.Otlp.PostAsync(new Uri("/v1/traces", UriKind.Relative), bomb, Wait.Limit);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLong.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooMany.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, tooDeep.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, exploding.StatusCode);
        Assert.Equal("8", await GrpcAsync(dashboard, Framed(new byte[100_001])));
        Assert.Equal("3", await GrpcAsync(dashboard, [0, 0, 0, 0, 9, 1]));
        Assert.Equal("12", await GrpcAsync(dashboard, Framed(OneSpan(1), compressed: true), "br"));
        Assert.Equal(0, dashboard.Server.Store.Spans.Spans);
    }

    [Fact]
    public async Task Attributes_are_cut_to_their_limits()
    {
        await using var dashboard = await RunningDashboard.StartAsync(new Limits { Attributes = 3, ValueLength = 10 });
        await dashboard.ExportAsync("traces", OtlpWriter.Export("shop", "s", OtlpWriter.Span(Id(16, 1), Id(8, 1), null, "n", Start, Start + 1, span =>
        {
            for (var i = 0; i < 10; i++)
                span.Attribute(9, $"key-{i}", new string('x', 100));
        })));

        var attributes = (await dashboard.GetAsync($"/api/traces/{Hex(Id(16, 1))}")).GetProperty("spans")[0].GetProperty("attributes");

        Assert.Equal(3, attributes.GetArrayLength());
        Assert.Equal("xxxxxxxxxx…", attributes[0][1].GetString());
    }

    [Fact]
    public async Task A_span_without_an_id_is_rejected_alone_and_the_sender_is_told()
    {
        await using var dashboard = await RunningDashboard.StartAsync();
        using var answer = await dashboard.SendAsync("traces", OtlpWriter.Export("shop", "s", Span(1), OtlpWriter.Span(new byte[16], Id(8, 2), null, "n", Start, Start + 1)));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var partial = await answer.Content.ReadAsByteArrayAsync(Wait.Limit);
        Assert.Equal(1, partial[0] >> 3);
        Assert.Equal([1 << 3, 1], partial[2..4]);
        Assert.Equal((1, 1L), (dashboard.Server.Store.Spans.Spans, dashboard.Server.Store.Spans.Dropped));
    }

    [Fact]
    public async Task No_mutation_of_a_request_makes_the_receiver_fail()
    {
        await using var dashboard = await RunningDashboard.StartAsync();
        var random = new Random(20_240_607);
        (string Signal, byte[] Request)[] valid =
        [
            ("traces", OtlpWriter.Export("shop", "s", Enumerable.Range(1, 5).Select(Span))),
            ("logs", OtlpWriter.Export("shop", "s", OtlpWriter.Message(log => log.Fixed64(1, Start).Number(2, 9).Bytes(5, OtlpWriter.Message(any => any.Text(1, "hello"))).Attribute(6, "a", "b")))),
            ("metrics", OtlpWriter.Export("shop", "s", MetricTests.Histogram("h", Start, Start + 1_000_000_000, [1, 2, 3], [0.1, 1]),
                MetricTests.Exponential("e", Start, Start + 1_000_000_000, 2, -3, [1, 0, 4]), MetricTests.Sum("c", Start, Start + 1_000_000_000, 5))),
        ];
        var taken = 0;
        for (var round = 0; round < 1_500; round++)
        {
            var (signal, request) = valid[round % valid.Length];
            using var answer = await dashboard.SendAsync(signal, Mutated(request, random));
            Assert.True((int)answer.StatusCode is 200 or 400 or 413, $"{signal} was answered with {answer.StatusCode} in round {round}");
            taken += answer.IsSuccessStatusCode ? 1 : 0;
        }

        Assert.InRange(taken, 1, 1_499);
        // Whatever came through can be shown.
        var traces = await dashboard.GetAsync("/api/traces?limit=500");
        foreach (var trace in traces.GetProperty("traces").EnumerateArray().Take(50))
            await dashboard.GetAsync($"/api/traces/{trace.GetProperty("traceId").GetString()}");
        await dashboard.GetAsync("/api/logs?limit=1000");
        foreach (var one in (await dashboard.GetAsync("/api/metrics")).GetProperty("instruments").EnumerateArray().Take(50))
        {
            string Part(string name) => Uri.EscapeDataString(one.GetProperty(name).GetString()!);
            await dashboard.GetAsync($"/api/metrics/series?resource={Part("resource")}&meter={Part("meter")}&name={Part("name")}");
        }

        await dashboard.ExportAsync("traces", OneSpan(7_777));
        await dashboard.GetAsync($"/api/traces/{Hex(Id(16, 7_777))}");
    }

    internal static byte[] OneSpan(int number) => OtlpWriter.Export("shop", "s", Span(number));

    private static byte[] Span(int number) => OtlpWriter.Span(Id(16, number), Id(8, number), null, "buy", Start, Start + 1_000_000, span => span.Attribute(9, "k", "v"));

    private static byte[] Mutated(byte[] request, Random random)
    {
        var bytes = request.ToList();
        for (var change = random.Next(1, 6); change > 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, random.Next(1, bytes.Count - at + 1));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, random.Next(1, bytes.Count - at + 1)));
                    break;
                default:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(bytes);
        return compressed.ToArray();
    }

    private static byte[] Framed(byte[] message, bool compressed = false)
    {
        var framed = new byte[5 + message.Length];
        framed[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), (uint)message.Length);
        message.CopyTo(framed, 5);
        return framed;
    }

    /// <summary>The status of the call, from the trailers or, without a message, from the headers.</summary>
    private static async Task<string?> GrpcAsync(RunningDashboard dashboard, byte[] framed, string? encoding = null, string key = OtlpKey)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(dashboard.Server.Receivers[0], "/opentelemetry.proto.collector.trace.v1.TraceService/Export"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(framed),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.Add("x-otlp-api-key", key);
        request.Headers.Add("te", "trailers");
        if (encoding is not null)
            request.Headers.Add("grpc-encoding", encoding);
        using var answer = await client.SendAsync(request, Wait.Limit);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await answer.Content.LoadIntoBufferAsync(Wait.Limit);
        return (answer.Headers.TryGetValues("grpc-status", out var status) ? status : answer.TrailingHeaders.GetValues("grpc-status")).Single();
    }
}
