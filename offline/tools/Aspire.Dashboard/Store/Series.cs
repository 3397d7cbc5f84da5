namespace Aspire.Dashboard.Store;

/// <summary>One step of a series: what was added since the time before it, and where it stood then.</summary>
/// <param name="SinceMs">Of the step before, or when counting began.</param>
/// <param name="TimeMs">The end of the step.</param>
/// <param name="Value">Of a gauge or an up-down counter: its value. Of others: how much came in this step.</param>
/// <param name="Total">All that was counted, over restarts of the sender, too.</param>
/// <param name="Buckets">Of a histogram: what came in this step; null when nothing did.</param>
internal readonly record struct Step(double SinceMs, double TimeMs, double Value, double Total, Buckets? Buckets);

/// <summary>The latest steps of one instrument with one set of attributes.</summary>
internal sealed class Series(KeyValuePair<string, string>[] attributes, int capacity)
{
    /// <summary>Senders that restart are told apart by their instance, which must not make this grow.</summary>
    private const int MaxSenders = 16;

    private readonly Queue<Step> _steps = new();
    private readonly Dictionary<string, MetricPoint> _last = [];
    private double _total;

    public KeyValuePair<string, string>[] Attributes => attributes;

    public IReadOnlyCollection<Step> Steps => _steps;

    public double LastMs { get; private set; }

    /// <summary>Of the buckets that are kept.</summary>
    public int BucketBytes { get; private set; }

    /// <summary>Adds what a point says. Late points and repeated ones say nothing new.</summary>
    /// <param name="metric">What the point is of.</param>
    /// <param name="point">The point.</param>
    /// <param name="exportBefore">When the sender last sent anything: a series that was not there then began after it.</param>
    public void Add(Metric metric, MetricPoint point, double? exportBefore)
    {
        var last = _last.GetValueOrDefault(metric.Source.Instance);
        if (last is not null && point.TimeNanos <= last.TimeNanos)
            return;
        if (last is null && _last.Count >= MaxSenders)
            _last.Remove(_last.MinBy(sender => sender.Value.TimeNanos).Key);
        _last[metric.Source.Instance] = point;

        var startMs = point.StartNanos / 1e6;
        var timeMs = point.TimeNanos / 1e6;
        var restarted = last is not null && !metric.IsDelta && IsRestart(last, point);
        var since = last is null || restarted
            ? Math.Max(startMs, exportBefore ?? 0)
            : last.TimeNanos / 1e6;
        if (since <= 0 || since >= timeMs)
            since = timeMs - 1;
        var fromZero = metric.IsDelta || last is null || restarted;
        switch (metric.Kind)
        {
            case InstrumentKind.Gauge:
                Append(new(since, timeMs, point.Value, point.Value, null));
                break;
            case InstrumentKind.UpDownCounter:
                var value = metric.IsDelta ? _total + point.Value : point.Value;
                _total = value;
                Append(new(since, timeMs, value, value, null));
                break;
            case InstrumentKind.Counter:
                var added = Math.Max(0, fromZero ? point.Value : point.Value - last!.Value);
                Append(new(since, timeMs, added, _total += added, null));
                break;
            case InstrumentKind.Histogram:
                var change = fromZero ? point.Buckets! : point.Buckets!.Since(last!.Buckets!);
                Append(new(since, timeMs, change.Count, _total += change.Count, change.Count > 0 ? change : null));
                break;
        }
    }

    public void RemoveOldest()
    {
        if (_steps.TryDequeue(out var step))
            BucketBytes -= step.Buckets?.Bytes ?? 0;
    }

    private static bool IsRestart(MetricPoint last, MetricPoint point) =>
        point.StartNanos > last.StartNanos || (point.Buckets, last.Buckets) switch
        {
            (null, null) => point.Value < last.Value,
            ({ } now, { } before) => now.Count < before.Count,
            _ => true,
        };

    private void Append(Step step)
    {
        if (_steps.Count >= capacity)
            RemoveOldest();
        _steps.Enqueue(step);
        BucketBytes += step.Buckets?.Bytes ?? 0;
        LastMs = Math.Max(LastMs, step.TimeMs);
    }
}
