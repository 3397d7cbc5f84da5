using System.Diagnostics.Metrics;
using System.Text.Json.Serialization;
using NotifyQuery.Core;
using NotifyQuery.Handler.Queries;

namespace NotifyQuery.Handler.Status;

/// <summary>
/// Histograms of the durations of queries and of invocations of the QueryResult function since the start of the process, from the same
/// measurements that are exported as metrics. Two readings give the rates and percentiles of the time between them.
/// </summary>
internal sealed class ReadSideMeter : IDisposable
{
    private const string RequestDuration = "http.server.request.duration"; // from ASP.NET Core; errors are included
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

        // Ignore probes, the documentation and unknown paths.
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

    /// <summary>Updated by every request, without locks.</summary>
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

/// <summary>The response of <c>/status</c>: everything since the start of the process.</summary>
/// <param name="Requests">All queries, with any result.</param>
/// <param name="Invocations">The invocations of the QueryResult function for these queries.</param>
internal sealed record ReadSideReport(LatencyReport Requests, LatencyReport Invocations);

/// <summary>The number of calls and their durations.</summary>
/// <param name="Count">The number of calls.</param>
/// <param name="Failed">The number of failed calls: a 5xx status, or no response from the function.</param>
/// <param name="Buckets">The number of calls in each non-empty bucket (<see cref="LatencyBuckets"/>).</param>
internal sealed record LatencyReport(long Count, long Failed, IReadOnlyDictionary<int, long> Buckets);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReadSideReport))]
internal sealed partial class ReadSideJson : JsonSerializerContext;

internal static class ReadSideStatus
{
    /// <summary>Whether <c>/status</c> is available. Off by default, because callers of an API should not see its load.</summary>
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
