using System.Diagnostics;
using Amazon.Lambda.APIGatewayEvents;
using Microsoft.Extensions.Configuration;
using NotifyQuery.Lambdas.Query;

namespace NotifyQuery.Tests.Lambdas;

/// <summary>A caller from outside neither hides a request nor files it into somebody's trace.</summary>
public sealed class GatewaySpansTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    [Theory]
    [InlineData("01")]
    [InlineData("00")] // "do not record me"
    public void A_request_begins_a_recorded_trace_of_its_own_and_is_linked_to_its_callers(string flags)
    {
        using var spans = new GatewaySpans(new ConfigurationBuilder().Build());

        using var span = spans.Start(Request(new() { ["traceparent"] = $"00-{TraceId}-b7ad6b7169203331-{flags}", ["tracestate"] = "a=b" }));

        Assert.NotNull(span);
        Assert.True(span.Recorded && span.IsAllDataRequested);
        Assert.Null(span.ParentId);
        Assert.NotEqual(TraceId, span.TraceId.ToHexString());
        Assert.Null(span.TraceStateString);
        var link = Assert.Single(span.Links).Context;
        Assert.Equal((TraceId, "b7ad6b7169203331", null), (link.TraceId.ToHexString(), link.SpanId.ToHexString(), link.TraceState));
    }

    [Fact]
    public void Requests_beyond_the_limit_have_a_trace_id_and_are_not_recorded()
    {
        var limit = new Dictionary<string, string?> { ["Telemetry:TracesPerSecond"] = "0.001" };
        using var spans = new GatewaySpans(new ConfigurationBuilder().AddInMemoryCollection(limit).Build());

        using var first = spans.Start(Request([]));
        using var second = spans.Start(Request([]));

        Assert.True(first!.Recorded);
        Assert.False(second!.Recorded);
        Assert.NotEqual(first.TraceId, second.TraceId);
    }

    [Fact]
    public void What_is_no_trace_is_linked_to_nothing()
    {
        using var spans = new GatewaySpans(new ConfigurationBuilder().Build());
        using var outer = new Activity("what ran before").Start();

        using var span = spans.Start(Request(new() { ["traceparent"] = "nonsense" }));

        Assert.Null(span!.ParentId);
        Assert.Empty(span.Links);
    }

    [Theory]
    [InlineData("/query/user", "/query/user")]
    [InlineData("/query/campaign/", "/query/campaign")] // which the Handler takes for the same
    [InlineData("/Query/STATUS", "/query/status")]
    [InlineData("/query/transaction/7f3a", "/{proxy+}")]
    [InlineData("/query", "/{proxy+}")]
    [InlineData("/health", "/{proxy+}")]
    [InlineData("/users/ann@example.com", "/{proxy+}")]
    [InlineData("/", "/{proxy+}")]
    [InlineData("", "/{proxy+}")]
    [InlineData(null, "/{proxy+}")]
    public void A_span_is_named_by_the_querys_route_and_for_any_other_path_by_the_gateways(string? path, string route)
    {
        using var spans = new GatewaySpans(new ConfigurationBuilder().Build());

        using var span = spans.Start(Request([], path));

        Assert.Equal(($"GET {route}", route), (span!.DisplayName, span.GetTagItem("http.route")));
    }

    [Theory]
    [InlineData("$default", "$default")]
    [InlineData("GET /query/{by}", "/query/{by}")]
    public void The_gateways_route_is_its_key_without_the_method(string key, string route)
    {
        using var spans = new GatewaySpans(new ConfigurationBuilder().Build());

        using var span = spans.Start(Request([], "/elsewhere", key));

        Assert.Equal(($"GET {route}", route), (span!.DisplayName, span.GetTagItem("http.route")));
    }

    [Fact]
    public void Without_any_route_a_span_is_named_by_the_method_alone()
    {
        using var spans = new GatewaySpans(new ConfigurationBuilder().Build());

        using var span = spans.Start(Request([], "/elsewhere", routeKey: null));

        Assert.Equal(("GET", null), (span!.DisplayName, span.GetTagItem("http.route")));
    }

    private static APIGatewayHttpApiV2ProxyRequest Request(
        Dictionary<string, string> headers,
        string? path = "/query/user",
        string? routeKey = "ANY /{proxy+}"
    ) =>
        new()
        {
            RawPath = path,
            Headers = headers,
            RequestContext = new()
            {
                RouteKey = routeKey,
                Http = new() { Method = "GET" },
            },
        };
}
