using Aspire.Dashboard.Store;
using Google.Protobuf;

namespace Aspire.Dashboard.Otlp;

internal sealed class MetricReader(DecodeContext context) : ItemReader<Metric>
{
    private readonly PointsReader _numbers = new(context, () => new NumberPoint(context));
    private readonly PointsReader _histogram = new(context, () => new HistogramPoint(context));
    private readonly PointsReader _exponential = new(context, () => new ExponentialPoint(context));
    private Metric _metric = new();
    private bool _isKnown;

    public override Metric? Take() => _isKnown ? _metric : null;

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
internal sealed class PointsReader(DecodeContext context, Func<PointReader> create) : OtlpMessage
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
