using Aspire.Dashboard.Otlp;
using Aspire.Dashboard.Store;
using static Offline.Tests.Dashboard.RunningDashboard;

namespace Offline.Tests.Dashboard;

public sealed class StoreTests
{
    private const ulong Start = 1_700_000_000_000_000_000;

    [Fact]
    public async Task A_trace_is_put_together_from_spans_in_any_order()
    {
        await using var dashboard = await RunningDashboard.StartAsync();
        var trace = Id(16, 1);
        await dashboard.ExportAsync("traces", OtlpWriter.Export("database", "s", OtlpWriter.Span(trace, Id(8, 3), Id(8, 2), "query", Start + 2_000_000, Start + 3_000_000)));
        var early = (await dashboard.GetAsync("/api/traces")).GetProperty("traces")[0];
        await dashboard.ExportAsync("traces", OtlpWriter.Export("gateway", "s", OtlpWriter.Span(trace, Id(8, 1), null, "GET /", Start, Start + 9_000_000)));
        await dashboard.ExportAsync("traces", OtlpWriter.Export("handler", "s", OtlpWriter.Span(trace, Id(8, 2), Id(8, 1), "handle", Start + 1_000_000, Start + 4_000_000)));

        var list = (await dashboard.GetAsync("/api/traces")).GetProperty("traces");
        var shown = await dashboard.GetAsync($"/api/traces/{Hex(trace)}");

        Assert.True(early.GetProperty("rootMissing").GetBoolean());
        var summary = Assert.Single(list.EnumerateArray());
        Assert.Equal("GET /", summary.GetProperty("name").GetString());
        Assert.Equal(9, summary.GetProperty("durationMs").GetDouble(), 0.001);
        Assert.Equal(["gateway", "handler", "database"], summary.GetProperty("resources").EnumerateArray().Select(one => one.GetProperty("name").GetString()));
        Assert.Equal([false, false, false], shown.GetProperty("spans").EnumerateArray().Select(span => span.GetProperty("orphan").GetBoolean()));
    }

    [Fact]
    public async Task Links_lead_both_ways()
    {
        await using var dashboard = await RunningDashboard.StartAsync();
        await dashboard.ExportAsync("traces", OtlpWriter.Export("writer", "s", OtlpWriter.Span(Id(16, 1), Id(8, 1), null, "write", Start, Start + 1)));
        await dashboard.ExportAsync("traces", OtlpWriter.Export("processor", "s", OtlpWriter.Span(Id(16, 2), Id(8, 2), null, "project", Start, Start + 1,
            span => span.Bytes(13, OtlpWriter.Message(link => link.Bytes(1, Id(16, 1)).Bytes(2, Id(8, 1)))))));

        var write = (await dashboard.GetAsync($"/api/traces/{Hex(Id(16, 1))}")).GetProperty("spans")[0];
        var project = (await dashboard.GetAsync($"/api/traces/{Hex(Id(16, 2))}")).GetProperty("spans")[0];

        Assert.Equal("project", Assert.Single(write.GetProperty("linkedFrom").EnumerateArray()).GetProperty("name").GetString());
        Assert.True(Assert.Single(project.GetProperty("links").EnumerateArray()).GetProperty("known").GetBoolean());
    }

    [Theory]
    [InlineData(10, int.MaxValue, long.MaxValue)]
    [InlineData(int.MaxValue, 10, long.MaxValue)]
    [InlineData(int.MaxValue, int.MaxValue, 10 * 300)]
    public void The_newest_traces_are_kept_within_each_limit(int spans, int traces, long bytes)
    {
        var store = new TelemetryStore(new Limits { Spans = spans, Traces = traces, SpanBytes = bytes });
        var decoder = new OtlpDecoder(store);
        for (var i = 1; i <= 100; i++)
            decoder.Accept(Signal.Traces, ReceiverTests.OneSpan(i));

        Assert.InRange(store.Spans.Spans, 8, 12);
        Assert.True(store.Spans.Contains(TraceId.From(Id(16, 100))));
        Assert.False(store.Spans.Contains(TraceId.From(Id(16, 88))));
        Assert.Equal((100, 0), (store.Spans.Received, store.Spans.Dropped));
    }

    [Fact]
    public void One_endless_trace_does_not_grow_beyond_its_limit()
    {
        var store = new TelemetryStore(new Limits { SpansPerTrace = 10 });
        var decoder = new OtlpDecoder(store);
        for (var i = 1; i <= 30; i++)
            decoder.Accept(Signal.Traces, OtlpWriter.Export("s", "s", OtlpWriter.Span(Id(16, 1), Id(8, i), null, "n", Start, Start + 1)));

        Assert.Equal((10, 20L), (store.Spans.Spans, store.Spans.Dropped));
    }

    [Fact]
    public async Task Traces_are_filtered_and_paged_newest_first()
    {
        await using var dashboard = await RunningDashboard.StartAsync();
        for (var i = 1; i <= 5; i++)
        {
            var number = i;
            await dashboard.ExportAsync("traces", OtlpWriter.Export(i % 2 == 0 ? "even" : "odd", "s", OtlpWriter.Span(Id(16, i), Id(8, i), null, $"span-{i}", Start,
                Start + (ulong)i * 1_000_000, span =>
                {
                    if (number == 3)
                        span.Bytes(15, OtlpWriter.Message(status => status.Number(3, 2)));
                })));
        }

        Assert.Equal(["span-4", "span-2"], await NamesAsync("resource=even"));
        Assert.Equal(["span-3"], await NamesAsync("errors=true"));
        Assert.Equal(["span-5", "span-4"], await NamesAsync("minMs=4"));
        Assert.Equal(["span-1"], await NamesAsync("text=SPAN-1"));
        var first = await dashboard.GetAsync("/api/traces?limit=2");
        Assert.Equal(["span-3", "span-2"], await NamesAsync($"limit=2&before={first.GetProperty("next").GetInt64()}"));

        async Task<List<string?>> NamesAsync(string query) =>
            [.. (await dashboard.GetAsync($"/api/traces?{query}")).GetProperty("traces").EnumerateArray().Select(trace => trace.GetProperty("name").GetString())];
    }

    [Fact]
    public async Task Logs_are_filtered_newest_first_and_the_newest_are_kept()
    {
        await using var dashboard = await RunningDashboard.StartAsync(new Limits { Logs = 4 });
        for (var i = 1; i <= 6; i++)
        {
            var number = i;
            await dashboard.ExportAsync("logs", OtlpWriter.Export("shop", "Shop.Cart", OtlpWriter.Message(log => log
                .Fixed64(1, Start + (ulong)number).Number(2, number % 2 == 0 ? 17u : 9u).Bytes(5, OtlpWriter.Message(any => any.Text(1, $"message {number}")))
                .Bytes(9, Id(16, number)).Bytes(10, Id(8, number)).Attribute(6, "exception.type", "Oops"))));
        }

        Assert.Equal(["message 6", "message 5", "message 4", "message 3"], await MessagesAsync(""));
        Assert.Equal(["message 6", "message 4"], await MessagesAsync("level=error"));
        Assert.Equal(["message 5"], await MessagesAsync($"traceId={Hex(Id(16, 5))}"));
        var page = await dashboard.GetAsync("/api/logs?limit=1");
        Assert.Equal(["message 5"], await MessagesAsync($"limit=1&before={page.GetProperty("next").GetInt64()}"));
        Assert.Equal("Oops", page.GetProperty("logs")[0].GetProperty("exception").GetProperty("type").GetString());

        async Task<List<string?>> MessagesAsync(string query) =>
            [.. (await dashboard.GetAsync($"/api/logs?{query}")).GetProperty("logs").EnumerateArray().Select(log => log.GetProperty("message").GetString())];
    }
}
