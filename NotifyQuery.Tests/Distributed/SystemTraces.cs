using System.Diagnostics;
using System.Net;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Distributed;

/// <summary>Asks the running system, and finds the traces that it exported.</summary>
internal sealed class SystemTraces(WholeSystem whole)
{
    public const int Server = 2;
    public const int Client = 3;
    public const int Producer = 4;

    // Says of a trace what the test says, also while another test of this process listens to the activities of its clients.
    private static readonly HttpClient s_client = new(new SocketsHttpHandler { ActivityHeadersPropagator = null });

    private readonly OtlpReceiver received = whole.Received;

    /// <summary>Asks the gateway as a caller in a trace, or in none.</summary>
    public async Task AskAsync(string request, HttpStatusCode expected, ActivityContext caller)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, new Uri(whole.System.Gateway.BaseAddress!, request));
        if (caller != default)
            message.Headers.Add("traceparent", Header(caller));
        using var response = await s_client.SendAsync(message, TestContext.Current.CancellationToken);
        Assert.Equal(expected, response.StatusCode);
    }

    /// <summary>The trace of a request, found by its link to the caller's.</summary>
    public async Task<List<OtlpSpan>> TraceAsync(ActivityContext caller, Func<OtlpSpan, bool> last, TimeSpan? within = null)
    {
        var link = new OtlpLink(caller.TraceId.ToHexString(), caller.SpanId.ToHexString());
        var root = await EventuallyAsync(() => received.Spans.Find(span => span.Service == "gateway" && span.Links.Contains(link)), within);
        return await TraceAsync(root.TraceId, null, last, within);
    }

    /// <summary>All spans of a trace, once a certain one and the ancestors of all are there.</summary>
    public Task<List<OtlpSpan>> TraceAsync(string traceId, string? callerSpanId, Func<OtlpSpan, bool> last, TimeSpan? within = null) =>
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

    public Task<OtlpSpan> SpanAsync(Predicate<OtlpSpan> wanted) => EventuallyAsync(() => received.Spans.Find(wanted));

    public static async Task<T> EventuallyAsync<T>(Func<T?> find, TimeSpan? within = null)
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

    public static OtlpSpan Single(IEnumerable<OtlpSpan> trace, string service, int kind) =>
        Assert.Single(trace, span => span.Service == service && span.Kind == kind);

    public static void AssertNoOrphans(List<OtlpSpan> trace, string? callerSpanId)
    {
        var present = trace.Select(span => span.SpanId).ToHashSet();
        Assert.All(
            trace,
            span => Assert.True(span.ParentSpanId == callerSpanId || present.Contains(span.ParentSpanId!), $"{span} is an orphan")
        );
        Assert.Single(trace, span => span.ParentSpanId == callerSpanId);
    }

    public static ActivityContext NewContext() =>
        new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);

    public static string Header(ActivityContext context) =>
        $"00-{context.TraceId}-{context.SpanId}-{(context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? "01" : "00")}";
}
