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
    public void What_is_no_trace_is_linked_to_nothing()
    {
        using var spans = new GatewaySpans(new ConfigurationBuilder().Build());
        using var outer = new Activity("what ran before").Start();

        using var span = spans.Start(Request(new() { ["traceparent"] = "nonsense" }));

        Assert.Null(span!.ParentId);
        Assert.Empty(span.Links);
    }

    private static APIGatewayHttpApiV2ProxyRequest Request(Dictionary<string, string> headers) => new()
    {
        RawPath = "/query/user", Headers = headers, RequestContext = new() { RouteKey = "ANY /{proxy+}", Http = new() { Method = "GET" } },
    };
}
