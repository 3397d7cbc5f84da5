using System.Text.Json;
using Aspire.Dashboard.Flow;
using Offline.Tests.Hosting;
using static Offline.Tests.Dashboard.RunningDashboard;

namespace Offline.Tests.Dashboard;

public sealed class FlowTests : IDisposable
{
    private const string Description = """
        { "title": "Orders",
          "nodes": [ { "id": "a", "label": "A", "note": "kept" }, { "id": "b", "resource": "shop" } ],
          "edges": [
            { "from": "a", "to": "b", "spans": { "resource": "shop", "kind": "server", "attributes": { "code": [200, "201"] } } },
            { "from": "b", "to": "a", "metric": { "name": "orders", "attributes": { "label": "x" } } } ],
          "gauges": [ { "label": "Orders", "metric": "orders", "stat": "total", "warnAbove": 5, "errorAbove": 50 } ] }
        """;

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task An_edge_counts_the_spans_that_match_and_times_them()
    {
        await File.WriteAllTextAsync(_file, Description, Wait.Limit);
        await using var dashboard = await RunningDashboard.StartAsync(flowFile: _file);
        await dashboard.ExportAsync("traces", OtlpWriter.Export("shop", "s",
            Enumerable.Range(1, 100).SelectMany(i => new[] { Span(i, "200", 5), Span(1_000 + i, "404", 900) })));

        JsonElement live = default;
        await Wait.UntilAsync(() =>
        {
            using var flow = JsonDocument.Parse(dashboard.Server.Flow.Measure().Json);
            live = flow.RootElement.GetProperty("edges")[0].GetProperty("live").Clone();
            return live.GetProperty("rate").GetDouble() >= 10;
        }, "all spans are in the window");

        Assert.Equal(5, live.GetProperty("p50Ms").GetDouble(), 0.2);
        Assert.Equal(5, live.GetProperty("p99Ms").GetDouble(), 0.2);
        Assert.Equal(32, live.GetProperty("exampleTraceId").GetString()!.Length);
        Assert.Equal(JsonValueKind.Null, live.GetProperty("exampleErrorTraceId").ValueKind);
    }

    [Fact]
    public async Task Metrics_feed_edges_and_gauges_and_the_rest_of_the_file_comes_through()
    {
        await File.WriteAllTextAsync(_file, Description, Wait.Limit);
        await using var dashboard = await RunningDashboard.StartAsync(flowFile: _file);
        var now = (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
        await dashboard.ExportAsync("metrics", OtlpWriter.Export("shop", "m", MetricTests.Sum("orders", now - 5_000_000_000, now, 20, label: "x"),
            MetricTests.Sum("orders", now - 5_000_000_000, now, 7, label: "y")));

        using var flow = JsonDocument.Parse(dashboard.Server.Flow.Measure().Json);

        var root = flow.RootElement;
        Assert.Equal(2, root.GetProperty("edges")[1].GetProperty("live").GetProperty("rate").GetDouble(), 0.1);
        var gauge = root.GetProperty("gauges")[0].GetProperty("live");
        Assert.Equal((27, "warn"), (gauge.GetProperty("value").GetDouble(), gauge.GetProperty("level").GetString()));
        Assert.Equal("kept", root.GetProperty("nodes")[0].GetProperty("note").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("nodes")[1].GetProperty("live").GetProperty("state").ValueKind);
    }

    [Theory]
    [InlineData("[1]", "object")]
    [InlineData("""{ "nodes": [ {} ] }""", "no id")]
    [InlineData("""{ "nodes": [ { "id": "a" } ], "edges": [ { "from": "a", "to": "z" } ] }""", "'z'")]
    [InlineData("""{ "gauges": [ { "metric": "m", "stat": "median" } ] }""", "median")]
    [InlineData("{", "flow")]
    public void A_description_that_is_wrong_says_what_is(string json, string said)
    {
        var file = Path.Combine(Path.GetTempPath(), $"flow-{Guid.NewGuid():N}.json");
        File.WriteAllText(file, json);
        try
        {
            Assert.Contains(said, FlowDescription.Load(file).Document["message"]!.GetValue<string>(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static byte[] Span(int number, string code, ulong milliseconds)
    {
        var start = (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
        return OtlpWriter.Span(Id(16, number), Id(8, number), null, "order", start, start + milliseconds * 1_000_000, span => span.Attribute(9, "code", code));
    }
}
