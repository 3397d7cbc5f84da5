using System.Diagnostics;
using System.Net;
using NotifyQuery.AppHost;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Distributed;

[Collection(nameof(OneSystemAtATime))]
public sealed class TraceTests(WholeSystem whole)
{
    private const int Server = 2;
    private const int Client = 3;
    private const int Producer = 4;

    /// <summary>A trace is there this soon after its answer.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);

    // Says of a trace what the test says, also while another test of this process listens to the activities of its clients.
    private static readonly HttpClient s_client = new(new SocketsHttpHandler { ActivityHeadersPropagator = null });

    private readonly RunningSystem system = whole.System;
    private readonly OtlpReceiver received = whole.Received;
    private readonly string user = $"user-{Guid.NewGuid():N}";

    [Fact]
    public async Task A_query_through_the_gateway_is_one_trace_from_the_gateway_to_the_table()
    {
        var (caller, trace) = await SoonCompleteAsync(async caller =>
        {
            caller = new(caller.TraceId, caller.SpanId, ActivityTraceFlags.None); // as one who wants not to be seen
            await AskAsync($"/query/user?user_id={user}&limit=5", HttpStatusCode.OK, caller);
            return await TraceAsync(caller, span => span.Service == "QueryResult" && span.Name == "DynamoDB.Query", Soon);
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
    public async Task Without_a_caller_in_a_trace_the_gateway_begins_one()
    {
        // Other tests have asked the same path, and some of their requests never reached the table: this one is found by its time.
        var asked = (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
        await AskAsync($"/query/campaign?campaign_id={user}", HttpStatusCode.OK, default);

        var root = await SpanAsync(span =>
            span.Service == "gateway" && span.Attributes["url.path"] is "/query/campaign" && span.Started >= asked
        );
        Assert.Null(root.ParentSpanId);
        var trace = await TraceAsync(root.TraceId, null, span => span.Name == "DynamoDB.Query");
        AssertNoOrphans(trace, null);
        Assert.True(trace.Select(span => span.Service).Distinct().Count() >= 4);
    }

    [Fact]
    public async Task Each_service_says_which_version_and_which_process_it_is()
    {
        await AskAsync($"/query/user?user_id={user}", HttpStatusCode.OK, default);
        await system.Commands.PutAsync(RunningSystem.NewRecord(user), TestContext.Current.CancellationToken);
        foreach (var service in (string[])["gateway", "Query", "handler", "QueryResult", "StreamProcessor", "event-source"])
        {
            var resource = (await SpanAsync(span => span.Service == service)).Resource;
            Assert.Equal("notifyquery", resource["service.namespace"]);
            Assert.Matches(@"^\d+\.\d+\.\d+$", Assert.IsType<string>(resource["service.version"]));
            Assert.NotEmpty(Assert.IsType<string>(resource["service.instance.id"]));
            if (service is "Query" or "QueryResult" or "StreamProcessor")
                Assert.Equal(service, resource["faas.name"]);
        }
    }

    [Fact]
    public async Task A_query_that_fails_is_an_error_on_every_hop_with_its_exception_where_it_came_from()
    {
        var caller = NewContext();
        await whole.WhileQueriesFailAsync(async () =>
        {
            await AskAsync($"/query/user?user_id={user}", HttpStatusCode.BadGateway, caller);
            var trace = await TraceAsync(caller, span => span.Service == "QueryResult" && span.Kind == Server);
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

    [Fact]
    public async Task A_write_is_linked_to_its_projection_and_a_dead_letter_is_seen_in_it()
    {
        var (write, poison) = (NewContext(), NewContext());
        var record = RunningSystem.NewRecord(user);
        await system.Commands.PutAsync(record with { TraceParent = Header(write) }, TestContext.Current.CancellationToken);
        await system.Commands.PutWithoutUserAsync(
            RunningSystem.NewRecord(user) with
            {
                TraceParent = Header(poison),
            },
            TestContext.Current.CancellationToken
        );

        var projection = await SpanAsync(span =>
            !span.IsError && span.Links.Contains(new(write.TraceId.ToHexString(), write.SpanId.ToHexString()))
        );
        Assert.Equal("StreamProcessor", projection.Service);
        var failed = await SpanAsync(span =>
            !span.IsError && span.Links.Contains(new(poison.TraceId.ToHexString(), poison.SpanId.ToHexString()))
        );
        var letter = await SpanAsync(span => span.TraceId == failed.TraceId && span.Kind == Producer);
        Assert.Equal("send projection-failures", letter.Name);
        Assert.Equal(failed.SpanId, letter.ParentSpanId);
        Assert.Equal("InvalidCommand", letter.Attributes["notifyquery.dead_letter.error_type"]);

        // The event source's delivery, the function and its writes are one trace, which nothing is missing from. AWS's own test tool makes
        // up an id for each invocation: there the function begins a trace of its own.
        var trace = await TraceAsync(
            projection.TraceId,
            null,
            span => span.ParentSpanId is null && (Settings.HasTestToolOfAws || span.Service == "event-source")
        );
        AssertNoOrphans(trace, null);
        var delivery = Settings.HasTestToolOfAws
            ? await SpanAsync(span => span.Service == "event-source" && span.Name == "process command-records")
            : trace.Single(span => span.ParentSpanId is null);
        Assert.Equal("process command-records", delivery.Name);
        Assert.True(delivery.Attributes["notifyquery.event_source.attempt"] is >= 1L);
        Assert.Equal("done", delivery.Attributes["notifyquery.event_source.outcome"]);
        Assert.Contains(
            trace,
            span =>
                span.Service == "StreamProcessor" && span.Attributes.GetValueOrDefault("aws.dynamodb.table_names") is "notification-records"
        );

        await EventuallyAsync(() =>
            received.Points.Find(point =>
                point is { Service: "StreamProcessor", Metric: "notifyquery.projection.dead_letters", Value: >= 1 }
                && point.Attributes["error.type"] is "InvalidCommand"
            )
        );
        await EventuallyAsync(() =>
            received.Points.Find(point => point is { Service: "StreamProcessor", Metric: "notifyquery.projection.lag", Value: >= 1 })
        );
        await EventuallyAsync(() =>
            received.Points.Find(point =>
                point is { Service: "event-source", Metric: "notifyquery.event_source.records_read", Value: >= 2 }
            )
        );
        await EventuallyAsync(() =>
            received.Points.Find(point => point is { Service: "event-source", Metric: "notifyquery.event_source.iterator_age" })
        );
        await EventuallyAsync(() =>
            received.Logs.Find(log =>
                log.Service == "StreamProcessor"
                && log.TraceId == failed.TraceId
                && log.Body.Contains("can never be projected", StringComparison.Ordinal)
            )
        );
    }

    [Fact]
    public async Task Nothing_that_is_exported_holds_a_user_a_title_or_a_body()
    {
        var record = RunningSystem.NewRecord(user) with { Title = $"title-{Guid.NewGuid():N}", Body = $"body-{Guid.NewGuid():N}" };
        await system.Commands.PutAsync(record, TestContext.Current.CancellationToken);
        await RunningSystem.EventuallyAsync("the record is seen", async () => (await system.ItemsOfAsync(user)).Length == 1);
        var caller = NewContext();
        await AskAsync($"/query/user?user_id={user}&status=NONE", HttpStatusCode.BadRequest, caller);
        using (await system.Handler.GetAsync($"/query/user?user_id={user}", TestContext.Current.CancellationToken))
        {
            await TraceAsync(caller, span => span.Service == "gateway");
        }

        Assert.True(received.Holds("Redacted"));
        foreach (var text in (string[])[user, record.Title, record.Body])
            Assert.False(received.Holds(text), $"'{text}' was exported");
    }

    private async Task AskAsync(string request, HttpStatusCode expected, ActivityContext caller)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, new Uri(system.Gateway.BaseAddress!, request));
        if (caller != default)
            message.Headers.Add("traceparent", Header(caller));
        using var response = await s_client.SendAsync(message, TestContext.Current.CancellationToken);
        Assert.Equal(expected, response.StatusCode);
    }

    /// <summary>The trace of a request, found by its link to the caller's.</summary>
    private async Task<List<OtlpSpan>> TraceAsync(ActivityContext caller, Func<OtlpSpan, bool> last, TimeSpan? within = null)
    {
        var link = new OtlpLink(caller.TraceId.ToHexString(), caller.SpanId.ToHexString());
        var root = await EventuallyAsync(() => received.Spans.Find(span => span.Service == "gateway" && span.Links.Contains(link)), within);
        return await TraceAsync(root.TraceId, null, last, within);
    }

    /// <summary>All spans of a trace, once a certain one and the ancestors of all are there.</summary>
    private Task<List<OtlpSpan>> TraceAsync(string traceId, string? callerSpanId, Func<OtlpSpan, bool> last, TimeSpan? within = null) =>
        EventuallyAsync(
            () =>
            {
                var trace = received.Spans.Where(span => span.TraceId == traceId).ToList();
                var present = trace.Select(span => span.SpanId).ToHashSet();
                return
                    trace.Exists(span => last(span))
                    && trace.TrueForAll(span => span.ParentSpanId == callerSpanId || present.Contains(span.ParentSpanId!))
                    ? trace
                    : null;
            },
            within
        );

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

    private Task<OtlpSpan> SpanAsync(Predicate<OtlpSpan> wanted) => EventuallyAsync(() => received.Spans.Find(wanted));

    private static async Task<T> EventuallyAsync<T>(Func<T?> find, TimeSpan? within = null)
        where T : class
    {
        T? found = null;
        await RunningSystem.EventuallyAsync(
            "what is looked for is exported",
            () => Task.FromResult((found = find()) is not null),
            within ?? TimeSpan.FromSeconds(30)
        );
        return found!;
    }

    private static OtlpSpan Single(IEnumerable<OtlpSpan> trace, string service, int kind) =>
        Assert.Single(trace, span => span.Service == service && span.Kind == kind);

    private static void AssertNoOrphans(List<OtlpSpan> trace, string? callerSpanId)
    {
        var present = trace.Select(span => span.SpanId).ToHashSet();
        Assert.All(
            trace,
            span => Assert.True(span.ParentSpanId == callerSpanId || present.Contains(span.ParentSpanId!), $"{span} is an orphan")
        );
        Assert.Single(trace, span => span.ParentSpanId == callerSpanId);
    }

    /// <summary>
    /// Each span begins while the one before it lasts. It may end later: a caller has its answer before the callee's span has ended.
    /// </summary>
    /// <param name="spans">From the outermost to the innermost. The gateway tells its times in milliseconds.</param>
    private static void AssertNested(params OtlpSpan[] spans)
    {
        foreach (var (outer, inner) in spans.Zip(spans.Skip(1)))
            Assert.True(
                outer.Started <= inner.Started + 1_000_000 && inner.Started <= outer.Ended + 1_000_000,
                $"{inner} does not begin within {outer}"
            );
    }

    private static ActivityContext NewContext() =>
        new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);

    private static string Header(ActivityContext context) =>
        $"00-{context.TraceId}-{context.SpanId}-{(context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? "01" : "00")}";
}
