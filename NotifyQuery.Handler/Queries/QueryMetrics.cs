using System.Diagnostics.Metrics;
using NotifyQuery.Core;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Handler.Queries;

/// <summary>The metrics of each query.</summary>
internal static class QueryMetrics
{
    /// <summary>The instrument for the duration of each invocation of the QueryResult function.</summary>
    public const string InvocationDuration = "notifyquery.query_result.duration";

    /// <summary>The attribute with the outcome of the invocation.</summary>
    public const string Outcome = "outcome";

    /// <summary>The value of <see cref="Outcome"/> for an invocation with a response.</summary>
    public const string Answered = "answered";

    private const string Failed = "failed";

    private static readonly double[] Boundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private static readonly Meter Meter = new(Telemetry.Name);

    private static readonly Histogram<double> Invocation = Meter.CreateHistogram<double>(
        InvocationDuration,
        "s",
        "Duration of each attempt to invoke the QueryResult function.",
        advice: new() { HistogramBucketBoundaries = Boundaries }
    );

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "notifyquery.query.duration",
        "s",
        "Duration of a query, by kind of query.",
        advice: new() { HistogramBucketBoundaries = Boundaries }
    );

    private static readonly Histogram<long> Items = Meter.CreateHistogram<long>(
        "notifyquery.query.items",
        "{item}",
        "Notifications in a page, by kind of query.",
        advice: new() { HistogramBucketBoundaries = [0, 1, 5, 10, 20, 50, 100] }
    );

    /// <summary>Records one attempt to invoke the QueryResult function.</summary>
    public static void MeasureInvocation(TimeSpan duration, bool answered) =>
        Invocation.Record(duration.TotalSeconds, new KeyValuePair<string, object?>(Outcome, answered ? Answered : Failed));

    public static void Measure(QueryDefinition definition, int items, TimeSpan duration)
    {
        var by = new KeyValuePair<string, object?>("by", definition.Name);
        Duration.Record(duration.TotalSeconds, by);
        Items.Record(items, by);
    }
}
