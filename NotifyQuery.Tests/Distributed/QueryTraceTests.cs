using System.Diagnostics;
using System.Net;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Distributed.SystemTraces;

namespace NotifyQuery.Tests.Distributed;

/// <summary>The trace of a query, from the gateway to the table.</summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class QueryTraceTests(WholeSystem whole)
{
    /// <summary>A trace is there this soon after its answer.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);

    private readonly SystemTraces traces = new(whole);
    private readonly OtlpReceiver received = whole.Received;
    private readonly string user = $"user-{Guid.NewGuid():N}";

    [Fact]
    public async Task A_query_through_the_gateway_is_one_trace_from_the_gateway_to_the_table()
    {
        var (caller, trace) = await SoonCompleteAsync(async caller =>
        {
            caller = new(caller.TraceId, caller.SpanId, ActivityTraceFlags.None); // as one who wants not to be seen
            await traces.AskAsync($"/query/user?user_id={user}&limit=5", HttpStatusCode.OK, caller);
            return await traces.TraceAsync(caller, span => span.Service == "QueryResult" && span.Name == "DynamoDB.Query", Soon);
        });

        var gateway = Single(trace, "gateway", Server);
        var query = Single(trace, "Query", Server);
        var toHandler = Single(trace, "Query", Client);
        var handler = Single(trace, "handler", Server);
        var invoke = Assert.Single(trace, span => span.Service == "handler" && span.Name == "invoke QueryResult");
        var queryResult = Single(trace, "QueryResult", Server);
        var table = Single(trace, "QueryResult", Client);
        Assert.Equal(
            [null, gateway.SpanId, query.SpanId, toHandler.SpanId, handler.SpanId, invoke.SpanId, queryResult.SpanId],
            new[] { gateway, query, toHandler, handler, invoke, queryResult, table }.Select(span => span.ParentSpanId)
        );
        AssertNoOrphans(trace, null);
        AssertNested(gateway, query, toHandler, handler, invoke, queryResult, table);

        // The caller's trace is linked and not joined, whatever it says of being recorded.
        Assert.Equal(new OtlpLink(caller.TraceId.ToHexString(), caller.SpanId.ToHexString()), Assert.Single(gateway.Links));
        Assert.DoesNotContain(received.Spans, span => span.TraceId == caller.TraceId.ToHexString());
        Assert.Equal("GET /query/user", gateway.Name);
        Assert.Equal("/query/user", gateway.Attributes["http.route"]);
        Assert.Equal("/query/user", gateway.Attributes["url.path"]);
        Assert.Equal("user_id=Redacted&limit=Redacted", gateway.Attributes["url.query"]);
        Assert.Equal(200L, gateway.Attributes["http.response.status_code"]);
        Assert.Equal("http", query.Attributes["faas.trigger"]);
        Assert.Equal("GET /query/user", handler.Name);
        Assert.Equal("/query/user", handler.Attributes["http.route"]);
        Assert.Equal(Client, invoke.Kind);
        Assert.Equal("QueryResult", invoke.Attributes["faas.invoked_name"]);
        Assert.Equal(7, trace.Count); // the SDK's own span of the same call would be one more
        Assert.Equal("QueryResult", queryResult.Attributes["faas.name"]);
        Assert.Equal("dynamodb", table.Attributes["db.system"]);
        Assert.Equal("notification-records", table.Attributes["aws.dynamodb.table_names"]);
        Assert.All(trace, span => Assert.False(span.IsError, span.ToString()));
    }

    [Fact]
    public async Task Without_a_caller_in_a_trace_the_gateway_begins_one_and_the_keys_of_a_campaign_are_one_span()
    {
        // Other tests have asked the same path, and some of their requests never reached the table: this one is found by its time.
        var asked = (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
        await traces.AskAsync($"/query/campaign?campaign_id={user}", HttpStatusCode.OK, default);

        var root = await traces.SpanAsync(span =>
            span.Service == "gateway" && span.Attributes["url.path"] is "/query/campaign" && span.Started >= asked
        );
        Assert.Null(root.ParentSpanId);
        var trace = await traces.TraceAsync(root.TraceId, null, span => span.Name == "DynamoDB.Query");
        AssertNoOrphans(trace, null);
        Assert.True(trace.Select(span => span.Service).Distinct().Count() >= 4);
        var table = Single(trace, "QueryResult", Client);
        Assert.Equal((long)TablesTemplate.DeclaredKeySpread.Keys, table.Attributes["db.operation.batch.size"]);
        Assert.Equal("notification-records", table.Attributes["aws.dynamodb.table_names"]);
        Assert.Equal(7, trace.Count);
    }

    [Fact]
    public async Task A_query_that_fails_is_an_error_on_every_hop_with_its_exception_where_it_came_from()
    {
        var caller = NewContext();
        await whole.WhileQueriesFailAsync(async () =>
        {
            await traces.AskAsync($"/query/user?user_id={user}", HttpStatusCode.BadGateway, caller);
            var trace = await traces.TraceAsync(caller, span => span.Service == "QueryResult" && span.Kind == Server);
            Assert.All(
                new[] { Single(trace, "gateway", Server), Single(trace, "Query", Server), Single(trace, "handler", Server) },
                span =>
                {
                    Assert.True(span.IsError, span.ToString());
                    Assert.Equal(502L, span.Attributes["http.response.status_code"]);
                    Assert.Equal("502", span.Attributes["error.type"]);
                }
            );
            foreach (
                var span in new[]
                {
                    Single(trace, "handler", Server),
                    Single(trace, "QueryResult", Server),
                    Single(trace, "QueryResult", Client),
                }
            )
            {
                Assert.True(span.IsError, span.ToString());
                Assert.Contains(span.Events, happened => happened.Name == "exception" && happened.Attributes.ContainsKey("exception.type"));
            }

            var log = await EventuallyAsync(() => received.Logs.Find(log => log.Service == "handler" && log.TraceId == trace[0].TraceId));
            Assert.Equal(Single(trace, "handler", Server).SpanId, log.SpanId);
            Assert.StartsWith("No page could be read", log.Body, StringComparison.Ordinal);
        });
    }

    /// <summary>The trace of a request which is there in time: of three, for a machine that does other work may hold up one.</summary>
    private static async Task<(ActivityContext Caller, List<OtlpSpan> Trace)> SoonCompleteAsync(
        Func<ActivityContext, Task<List<OtlpSpan>>> ask
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            var caller = NewContext();
            try
            {
                return (caller, await ask(caller));
            }
            catch (Xunit.Sdk.FailException) when (attempt < 3) { }
        }
    }

    /// <summary>
    /// Each span begins while the one before it lasts. It may end later: a caller has its answer before the callee's span has ended.
    /// </summary>
    /// <param name="spans">From the outermost to the innermost. The precision of the gateway's times is one millisecond.</param>
    private static void AssertNested(params OtlpSpan[] spans)
    {
        foreach (var (outer, inner) in spans.Zip(spans.Skip(1)))
            Assert.True(
                outer.Started <= inner.Started + 1_000_000 && inner.Started <= outer.Ended + 1_000_000,
                $"{inner} does not begin within {outer}"
            );
    }
}
