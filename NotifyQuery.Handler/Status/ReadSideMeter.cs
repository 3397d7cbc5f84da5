using System.Diagnostics.Metrics;
using System.Text.Json.Serialization;
using NotifyQuery.Core;
using NotifyQuery.Handler.Queries;

namespace NotifyQuery.Handler.Status;

/// <summary>
/// Counts, since the start of the process, how long queries took and how long the QueryResult function took for them, from the same
/// measurements that are exported as metrics. Whoever asks twice can tell rates and percentiles of the time between.
/// </summary>
internal sealed class ReadSideMeter : IDisposable
{
    private const string RequestDuration = "http.server.request.duration"; // of ASP.NET Core: errors are in it, too
    private const string Route = "http.route";
    private const string StatusCode = "http.response.status_code";
    private const string Queries = "/query/";

    private readonly LatencyCounts requests = new();
    private readonly LatencyCounts invocations = new();
    private readonly MeterListener listener = new();

    public ReadSideMeter()
    {
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Name is RequestDuration or QueryMetrics.InvocationDuration)
                listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>(Measured);
        listener.Start();
    }

    public ReadSideReport Report() => new(requests.Report(), invocations.Report());

    public void Dispose() => listener.Dispose();

    private void Measured(Instrument instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (instrument.Name == QueryMetrics.InvocationDuration)
        {
            invocations.Add(seconds, failed: !Equals(TagOf(tags, QueryMetrics.Outcome), QueryMetrics.Answered));
            return;
        }

        // Probes, the documentation and paths that lead nowhere are no queries.
        if (TagOf(tags, Route) is string route && route.StartsWith(Queries, StringComparison.Ordinal))
            requests.Add(seconds, failed: TagOf(tags, StatusCode) is int and >= StatusCodes.Status500InternalServerError);
    }

    private static object? TagOf(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var (key, value) in tags)
            if (key == name)
                return value;
        return null;
    }

    /// <summary>Written by every request: nothing is locked.</summary>
    private sealed class LatencyCounts
    {
        private readonly long[] buckets = new long[LatencyBuckets.Count];
        private long failed;

        public void Add(double seconds, bool failed)
        {
            Interlocked.Increment(ref buckets[LatencyBuckets.IndexOf(seconds)]);
            if (failed)
                Interlocked.Increment(ref this.failed);
        }

        public LatencyReport Report()
        {
            var filled = new Dictionary<int, long>();
            for (var i = 0; i < buckets.Length; i++)
                if (Interlocked.Read(ref buckets[i]) is > 0 and var count)
                    filled[i] = count;
            return new(filled.Values.Sum(), Interlocked.Read(ref failed), filled);
        }
    }
}

/// <summary>The answer of <c>/status</c>: everything since the start of the process.</summary>
/// <param name="Requests">Queries that were asked, whatever was answered.</param>
/// <param name="Invocations">Invocations of the QueryResult function that were made for them.</param>
internal sealed record ReadSideReport(LatencyReport Requests, LatencyReport Invocations);

/// <summary>How many there were, and how long they took.</summary>
/// <param name="Count">How many.</param>
/// <param name="Failed">How many of them failed: a status of 5xx, or no answer of the function.</param>
/// <param name="Buckets">How many fell into each bucket that is not empty (<see cref="LatencyBuckets"/>).</param>
internal sealed record LatencyReport(long Count, long Failed, IReadOnlyDictionary<int, long> Buckets);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReadSideReport))]
internal sealed partial class ReadSideJson : JsonSerializerContext;

internal static class ReadSideStatus
{
    /// <summary>
    /// Whether <c>/status</c> is answered: not unless it is asked for, because what callers of an API may know does not include its load.
    /// </summary>
    private const string Setting = "Handler:Status";

    public static WebApplicationBuilder AddReadSideStatus(this WebApplicationBuilder builder)
    {
        if (builder.Configuration.GetValue(Setting, false))
            builder.Services.AddSingleton<ReadSideMeter>();
        return builder;
    }

    public static WebApplication MapReadSideStatus(this WebApplication app)
    {
        if (app.Services.GetService<ReadSideMeter>() is { } meter)
            app.MapGet("/status", () => TypedResults.Json(meter.Report(), ReadSideJson.Default.ReadSideReport)).ExcludeFromDescription();
        return app;
    }
}
