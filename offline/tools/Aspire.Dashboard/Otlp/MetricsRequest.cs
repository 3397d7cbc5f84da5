using Aspire.Dashboard.Store;
using Google.Protobuf;

namespace Aspire.Dashboard.Otlp;

/// <summary>An export of metrics.</summary>
internal sealed class MetricsRequest(DecodeContext context) : OtlpMessage
{
    private readonly ResourceMetrics _resourceMetrics = new(context);

    public List<Metric> Metrics => _resourceMetrics.Metrics;

    protected override void Begin() { }

    protected override bool Read(uint tag, ref ParseContext input)
    {
        if (tag != (1 << 3 | Delimited))
            return false;
        var first = Metrics.Count;
        input.ReadMessage(_resourceMetrics);
        foreach (var metric in Metrics.Skip(first))
            metric.Source = _resourceMetrics.Source;
        return true;
    }

    private sealed class ResourceMetrics(DecodeContext context) : OtlpMessage
    {
        private readonly SourceReader _source = new(context);
        private readonly ScopeMetrics _scopeMetrics = new(context);

        public List<Metric> Metrics => _scopeMetrics.Metrics;

        public Source Source => _source.Source;

        protected override void Begin() => _source.Clear();

        protected override bool Read(uint tag, ref ParseContext input)
        {
            switch (tag)
            {
                case 1 << 3 | Delimited:
                    input.ReadMessage(_source);
                    return true;
                case 2 << 3 | Delimited:
                    var first = Metrics.Count;
                    input.ReadMessage(_scopeMetrics);
                    foreach (var metric in Metrics.Skip(first))
                        metric.Meter = _scopeMetrics.Scope;
                    return true;
                default:
                    return false;
            }
        }
    }

    private sealed class ScopeMetrics(DecodeContext context) : OtlpMessage
    {
        private readonly ScopeReader _scope = new(context);
        private readonly MetricReader _metric = new(context);

        public List<Metric> Metrics { get; } = [];

        public string Scope => _scope.Name;

        protected override void Begin() => _scope.Clear();

        protected override bool Read(uint tag, ref ParseContext input)
        {
            switch (tag)
            {
                case 1 << 3 | Delimited:
                    input.ReadMessage(_scope);
                    return true;
                case 2 << 3 | Delimited:
                    context.CountItem();
                    input.ReadMessage(_metric);
                    if (_metric.Take() is { } metric)
                        Metrics.Add(metric);
                    return true;
                default:
                    return false;
            }
        }
    }

    private sealed class MetricReader(DecodeContext context) : OtlpMessage
    {
        private readonly PointsReader _numbers = new(context, () => new NumberPoint(context));
        private readonly PointsReader _histogram = new(context, () => new HistogramPoint(context));
        private readonly PointsReader _exponential = new(context, () => new ExponentialPoint(context));
        private Metric _metric = new();
        private bool _isKnown;

        public Metric? Take() => _isKnown ? _metric : null;

        protected override void Begin() => (_metric, _isKnown) = (new(), false);

        protected override bool Read(uint tag, ref ParseContext input)
        {
            switch (tag)
            {
                case 1 << 3 | Delimited:
                    _metric.Name = context.Name(input.ReadString());
                    return true;
                case 2 << 3 | Delimited:
                    _metric.Description = context.Value(input.ReadString());
                    return true;
                case 3 << 3 | Delimited:
                    _metric.Unit = context.Name(input.ReadString());
                    return true;
                case 5 << 3 | Delimited:
                    Points(_numbers, ref input);
                    _metric.Kind = InstrumentKind.Gauge;
                    return true;
                case 7 << 3 | Delimited:
                    Points(_numbers, ref input);
                    _metric.Kind = _numbers.IsMonotonic ? InstrumentKind.Counter : InstrumentKind.UpDownCounter;
                    return true;
                case 9 << 3 | Delimited:
                    Points(_histogram, ref input);
                    _metric.Kind = InstrumentKind.Histogram;
                    return true;
                case 10 << 3 | Delimited:
                    Points(_exponential, ref input);
                    _metric.Kind = InstrumentKind.Histogram;
                    return true;
                case 11 << 3 | Delimited:
                    context.Reject("Summaries are not taken: send histograms.");
                    return false;
                default:
                    return false;
            }
        }

        private void Points(PointsReader reader, ref ParseContext input)
        {
            reader.Target = _metric;
            input.ReadMessage(reader);
            _metric.IsDelta = reader.IsDelta;
            _isKnown = true;
        }
    }

    /// <summary>Gauge, sum, histogram: all have their points in field 1, their temporality in 2 and whether they only grow in 3.</summary>
    private sealed class PointsReader(DecodeContext context, Func<PointReader> create) : OtlpMessage
    {
        private readonly PointReader _point = create();

        public Metric Target { get; set; } = new();

        public bool IsDelta { get; private set; }

        public bool IsMonotonic { get; private set; }

        protected override void Begin() => (IsDelta, IsMonotonic) = (false, false);

        protected override bool Read(uint tag, ref ParseContext input)
        {
            const int Delta = 1;
            switch (tag)
            {
                case 1 << 3 | Delimited:
                    context.CountItem();
                    input.ReadMessage(_point);
                    if (_point.Take() is { } point)
                        Target.Points.Add(point);
                    return true;
                case 2 << 3 | Varint:
                    IsDelta = input.ReadEnum() == Delta;
                    return true;
                case 3 << 3 | Varint:
                    IsMonotonic = input.ReadBool();
                    return true;
                default:
                    return false;
            }
        }
    }
}
