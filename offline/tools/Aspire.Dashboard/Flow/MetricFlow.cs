using Aspire.Dashboard.Store;

namespace Aspire.Dashboard.Flow;

/// <summary>What the metrics say about the last ten seconds, over all resources and series that are selected.</summary>
internal sealed class MetricFlow(MetricStore store)
{
    private const double WindowMs = SpanFlow.WindowSeconds * 1_000;

    /// <summary>How much came, each second, and when last; null when there is no such series.</summary>
    public (double Rate, double LastMs)? Rate(MetricSelector selector, double nowMs)
    {
        var rates = Select(selector, series => (Rate: StepRate(series, nowMs), Changed: LastChange(series)));
        return rates.Count == 0 ? null : (rates.Sum(one => one.Rate), rates.Max(one => one.Changed));
    }

    public double? Value(FlowGauge gauge, double nowMs) => gauge.Stat switch
    {
        "rate" => Rate(gauge.Metric, nowMs)?.Rate,
        "total" => Sum(Select(gauge.Metric, series => series.Steps.Last().Total)),
        "last" => Last(gauge.Metric, nowMs),
        "max" => Distribution(gauge.Metric, nowMs)?.Highest,
        _ => Distribution(gauge.Metric, nowMs)?.Percentile(gauge.Stat switch { "p50" => 0.5, "p90" => 0.9, _ => 0.99 }),
    };

    /// <summary>The greatest of what is still reported; of counters their sum.</summary>
    private double? Last(MetricSelector selector, double nowMs)
    {
        var values = store.Select(instrument => IsSelected(instrument, selector)
            ? new { instrument.Kind, Values = Matching(instrument, selector).Where(series => series.LastMs > nowMs - 3 * WindowMs).Select(series => series.Steps.Last().Total).ToList() }
            : null);
        var all = values.SelectMany(one => one.Values).ToList();
        return all.Count == 0 ? null : values.All(one => one.Kind is InstrumentKind.Gauge) ? all.Max() : all.Sum();
    }

    private Buckets? Distribution(MetricSelector selector, double nowMs)
    {
        Buckets? all = null;
        foreach (var step in Select(selector, series => series.Steps.Where(step => step.TimeMs > nowMs - WindowMs && step.Buckets is not null).ToList()).SelectMany(steps => steps))
            all = all is null ? step.Buckets : all.Plus(step.Buckets!);
        return all;
    }

    private static double StepRate(Series series, double nowMs)
    {
        double sum = 0;
        foreach (var step in series.Steps)
        {
            var overlap = Math.Min(step.TimeMs, nowMs) - Math.Max(step.SinceMs, nowMs - WindowMs);
            if (overlap > 0)
                sum += step.Value * Math.Min(1, overlap / (step.TimeMs - step.SinceMs));
        }

        return sum / SpanFlow.WindowSeconds;
    }

    private static double LastChange(Series series) => series.Steps.Where(step => step.Value > 0).Select(step => step.TimeMs).LastOrDefault();

    private List<T> Select<T>(MetricSelector selector, Func<Series, T> value) => [.. store
        .Select(instrument => IsSelected(instrument, selector) ? Matching(instrument, selector).Select(value).ToList() : null)
        .SelectMany(values => values)];

    private static bool IsSelected(Instrument instrument, MetricSelector selector) => instrument.Key.Name == selector.Name
        && (selector.Resource is null || string.Equals(instrument.Key.Resource, selector.Resource, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<Series> Matching(Instrument instrument, MetricSelector selector) =>
        instrument.Series.Values.Where(series => series.Steps.Count > 0 && SpanFlow.Matches(selector.Attributes, series.Attributes));

    private static double? Sum(List<double> values) => values.Count == 0 ? null : values.Sum();
}
