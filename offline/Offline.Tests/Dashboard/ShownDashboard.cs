using Offline.Tests.Hosting;
using static Offline.Tests.Dashboard.RunningDashboard;

namespace Offline.Tests.Dashboard;

/// <summary>A dashboard with a little of everything in it, for the tests that only look.</summary>
public sealed class ShownDashboard : IAsyncLifetime
{
    public const string Flow = """
        { "title": "Orders", "lanes": [ { "id": "in", "label": "In" }, { "id": "out", "label": "Out" } ],
          "nodes": [
            { "id": "buyer", "label": "Buyers", "kind": "actor", "lane": "in", "column": 0 }, { "id": "shop", "label": "Shop", "kind": "service", "lane": "in", "column": 1, "resource": "shop" },
            { "id": "clerk", "label": "Clerk", "kind": "function", "lane": "out", "column": 1 }, { "id": "stock", "label": "Stock", "kind": "table", "column": 2 } ],
          "edges": [ { "from": "buyer", "to": "shop", "label": "orders", "spans": { "resource": "shop", "kind": "server" } }, { "from": "shop", "to": "stock", "label": "takes", "spans": { "resource": "stock" } },
                     { "from": "clerk", "to": "stock", "label": "fills" } ],
          "gauges": [ { "label": "Time", "metric": "shop.time", "stat": "p99", "unit": "s", "warnAbove": 0.01 } ] }
        """;

    private readonly string _flow = Path.GetTempFileName();

    internal RunningDashboard Dashboard { get; private set; } = null!;

    internal ResourceStub Resources { get; private set; } = null!;

    public Uri Login => new(Dashboard.Server.Frontend, $"/login?t={Token}");

    /// <summary>Four spans deep; the second fails.</summary>
    public static string Trace => Hex(Id(16, 1));

    /// <summary>Of 3,000 spans.</summary>
    public static string LongTrace => Hex(Id(16, 2));

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_flow, Flow, Wait.Limit);
        Resources = await ResourceStub.StartAsync(Wait.Limit);
        Dashboard = await StartAsync(flowFile: _flow, resourceService: Resources.Address);
        await SendAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Dashboard.DisposeAsync();
        await Resources.DisposeAsync();
        File.Delete(_flow);
    }

    private async Task SendAsync()
    {
        var now = Now();
        await SendTraceAsync(1, now);
        await Dashboard.ExportAsync("traces", OtlpWriter.Export("shop", "s", Enumerable.Range(0, 3_000).Select(i =>
            OtlpWriter.Span(Id(16, 2), Id(8, 1_000 + i), i == 0 ? null : Id(8, 1_000 + (i - 1) / 3), $"work {i}", now + (ulong)i * 1_000, now + 9_000_000))));
        await Dashboard.ExportAsync("logs", OtlpWriter.Export("shop", "Shop.Till",
            Log(now, 9, "An order was taken", 1), Log(now + 1, 17, "The till is stuck", 1)));
        ulong[] counts = [4, 3, 2, 1];
        double[] bounds = [0.01, 0.1, 1];
        await Dashboard.ExportAsync("metrics", OtlpWriter.Export("shop", "Shop", MetricTests.Histogram("shop.time", now - 4_000_000_000, now - 2_000_000_000, counts, bounds, 2),
            MetricTests.Sum("shop.orders", now - 4_000_000_000, now - 2_000_000_000, 12, label: "web")));
    }

    /// <summary>A request from shop to stock, as a trace with an error.</summary>
    internal async Task SendTraceAsync(int number, ulong now)
    {
        var trace = Id(16, number);
        var first = number * 10;
        await Dashboard.ExportAsync("traces", OtlpWriter.Export("shop", "s",
            OtlpWriter.Span(trace, Id(8, first + 1), null, "GET /orders", now, now + 40_000_000),
            OtlpWriter.Span(trace, Id(8, first + 2), Id(8, first + 1), "take", now + 2_000_000, now + 38_000_000, span => span
                .Attribute(9, "order.size", "large").Bytes(15, OtlpWriter.Message(status => status.Text(2, "out of stock").Number(3, 2))))));
        await Dashboard.ExportAsync("traces", OtlpWriter.Export("stock", "s",
            OtlpWriter.Span(trace, Id(8, first + 3), Id(8, first + 2), "look up", now + 4_000_000, now + 30_000_000),
            OtlpWriter.Span(trace, Id(8, first + 4), Id(8, first + 3), "read shelf", now + 6_000_000, now + 12_000_000)));
    }

    internal static ulong Now() => (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;

    private static byte[] Log(ulong time, ulong severity, string text, int trace) => OtlpWriter.Message(log => log
        .Fixed64(1, time).Number(2, severity).Bytes(5, OtlpWriter.Message(any => any.Text(1, text))).Bytes(9, Id(16, trace)).Bytes(10, Id(8, 12)));
}
