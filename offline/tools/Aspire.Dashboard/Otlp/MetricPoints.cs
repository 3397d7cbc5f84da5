using Aspire.Dashboard.Store;
using Google.Protobuf;
using Google.Protobuf.Collections;

namespace Aspire.Dashboard.Otlp;

internal abstract class PointReader(DecodeContext context) : OtlpMessage
{
    private const int NoRecordedValue = 1;

    private bool _isEmpty;

    protected DecodeContext Context => context;

    protected AttributeReader Attributes { get; } = new(context);

    protected MetricPoint Point { get; private set; } = new();

    /// <summary>Null when it holds no value, or none that can be.</summary>
    public MetricPoint? Take()
    {
        if (_isEmpty || !Complete())
            return null;
        Point.Attributes = [.. Attributes.Take().OrderBy(attribute => attribute.Key, StringComparer.Ordinal)];
        return Point;
    }

    protected abstract bool Complete();

    protected override void Begin()
    {
        Point = new();
        Attributes.Clear();
        _isEmpty = false;
    }

    protected void ReadFlags(ref ParseContext input) => _isEmpty = (input.ReadUInt32() & NoRecordedValue) != 0;

    protected bool Refuse(string reason)
    {
        context.Reject(reason);
        return false;
    }
}

internal sealed class NumberPoint(DecodeContext context) : PointReader(context)
{
    protected override bool Complete() => double.IsFinite(Point.Value) || Refuse("A value must be a finite number.");

    protected override bool Read(uint tag, ref ParseContext input)
    {
        switch (tag)
        {
            case 2 << 3 | Fixed64:
                Point.StartNanos = input.ReadFixed64();
                return true;
            case 3 << 3 | Fixed64:
                Point.TimeNanos = input.ReadFixed64();
                return true;
            case 4 << 3 | Fixed64:
                Point.Value = input.ReadDouble();
                return true;
            case 6 << 3 | Fixed64:
                Point.Value = input.ReadSFixed64();
                return true;
            case 7 << 3 | Delimited:
                Attributes.Read(ref input);
                return true;
            case 8 << 3 | Varint:
                ReadFlags(ref input);
                return true;
            default:
                return false;
        }
    }
}

internal sealed class HistogramPoint(DecodeContext context) : PointReader(context)
{
    private static readonly FieldCodec<ulong> s_counts = FieldCodec.ForFixed64(6 << 3 | Delimited);
    private static readonly FieldCodec<double> s_bounds = FieldCodec.ForDouble(7 << 3 | Delimited);

    private readonly RepeatedField<ulong> _counts = [];
    private readonly RepeatedField<double> _bounds = [];
    private ulong _count;
    private double? _min;
    private double? _max;

    protected override void Begin()
    {
        base.Begin();
        _counts.Clear();
        _bounds.Clear();
        (_count, _min, _max) = (0, null, null);
    }

    protected override bool Complete()
    {
        // Without buckets it is one: all values.
        if (_counts.Count == 0 && _bounds.Count == 0)
            _counts.Add(_count);
        if (_counts.Count != _bounds.Count + 1 || _counts.Count > Context.Limits.BucketsPerPoint)
            return Refuse($"A histogram needs one bucket more than bounds, and at most {Context.Limits.BucketsPerPoint} buckets.");
        for (var i = 0; i < _bounds.Count; i++)
        {
            if (!double.IsFinite(_bounds[i]) || i > 0 && _bounds[i] <= _bounds[i - 1])
                return Refuse("The bounds of a histogram must be finite and ascending.");
        }

        Point.Buckets = new([.. _bounds], [.. _counts.Select(count => (double)count)], Finite(_min), Finite(_max));
        return true;
    }

    protected override bool Read(uint tag, ref ParseContext input)
    {
        switch (tag)
        {
            case 2 << 3 | Fixed64:
                Point.StartNanos = input.ReadFixed64();
                return true;
            case 3 << 3 | Fixed64:
                Point.TimeNanos = input.ReadFixed64();
                return true;
            case 4 << 3 | Fixed64:
                _count = input.ReadFixed64();
                return true;
            case 5 << 3 | Fixed64:
                Point.Value = input.ReadDouble() is var sum && double.IsFinite(sum) ? sum : 0;
                return true;
            case 6 << 3 | Delimited:
            case 6 << 3 | Fixed64:
                _counts.AddEntriesFrom(ref input, s_counts);
                return true;
            case 7 << 3 | Delimited:
            case 7 << 3 | Fixed64:
                _bounds.AddEntriesFrom(ref input, s_bounds);
                return true;
            case 9 << 3 | Delimited:
                Attributes.Read(ref input);
                return true;
            case 10 << 3 | Varint:
                ReadFlags(ref input);
                return true;
            case 11 << 3 | Fixed64:
                _min = input.ReadDouble();
                return true;
            case 12 << 3 | Fixed64:
                _max = input.ReadDouble();
                return true;
            default:
                return false;
        }
    }

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}

internal sealed class ExponentialPoint(DecodeContext context) : PointReader(context)
{
    private readonly SideReader _positive = new();
    private readonly SideReader _negative = new();
    private ulong _zeroCount;
    private int _scale;
    private double? _min;
    private double? _max;

    protected override void Begin()
    {
        base.Begin();
        _positive.Clear();
        _negative.Clear();
        (_zeroCount, _scale, _min, _max) = (0, 0, null, null);
    }

    protected override bool Complete()
    {
        Point.Buckets = ExponentialBuckets.ToBuckets(_scale, _zeroCount, _positive.Offset, _positive.Counts, _negative.Offset, _negative.Counts,
            Context.Limits.BucketsPerPoint, _min, _max);
        return Point.Buckets is not null || Refuse("The scale or the offsets of an exponential histogram are out of range.");
    }

    protected override bool Read(uint tag, ref ParseContext input)
    {
        switch (tag)
        {
            case 1 << 3 | Delimited:
                Attributes.Read(ref input);
                return true;
            case 2 << 3 | Fixed64:
                Point.StartNanos = input.ReadFixed64();
                return true;
            case 3 << 3 | Fixed64:
                Point.TimeNanos = input.ReadFixed64();
                return true;
            case 5 << 3 | Fixed64:
                Point.Value = input.ReadDouble() is var sum && double.IsFinite(sum) ? sum : 0;
                return true;
            case 6 << 3 | Varint:
                _scale = input.ReadSInt32();
                return true;
            case 7 << 3 | Fixed64:
                _zeroCount = input.ReadFixed64();
                return true;
            case 8 << 3 | Delimited:
                input.ReadMessage(_positive);
                return true;
            case 9 << 3 | Delimited:
                input.ReadMessage(_negative);
                return true;
            case 10 << 3 | Varint:
                ReadFlags(ref input);
                return true;
            case 12 << 3 | Fixed64:
                _min = input.ReadDouble() is var min && double.IsFinite(min) ? min : null;
                return true;
            case 13 << 3 | Fixed64:
                _max = input.ReadDouble() is var max && double.IsFinite(max) ? max : null;
                return true;
            default:
                return false;
        }
    }

    /// <summary>The buckets on one side of zero.</summary>
    private sealed class SideReader : OtlpMessage
    {
        private static readonly FieldCodec<ulong> s_counts = FieldCodec.ForUInt64(2 << 3 | Delimited);

        public int Offset { get; private set; }

        public RepeatedField<ulong> Counts { get; } = [];

        public void Clear() => Begin();

        protected override void Begin()
        {
            Offset = 0;
            Counts.Clear();
        }

        protected override bool Read(uint tag, ref ParseContext input)
        {
            switch (tag)
            {
                case 1 << 3 | Varint:
                    Offset = input.ReadSInt32();
                    return true;
                case 2 << 3 | Delimited:
                case 2 << 3 | Varint:
                    Counts.AddEntriesFrom(ref input, s_counts);
                    return true;
                default:
                    return false;
            }
        }
    }
}
