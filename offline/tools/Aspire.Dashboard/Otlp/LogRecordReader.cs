using Aspire.Dashboard.Store;
using Google.Protobuf;

namespace Aspire.Dashboard.Otlp;

internal sealed class LogRecordReader(DecodeContext context) : ItemReader<LogRecord>
{
    private const int SizeOfRecord = 160;

    private readonly AttributeReader _attributes = new(context);
    private readonly AnyValue _body = new(context);
    private LogRecord _record = new();
    private ulong _observed;

    public override LogRecord Take()
    {
        _record.Message = context.Value(_body.Text);
        _record.Size = SizeOfRecord + _attributes.Size + 2 * _record.Message.Length;
        _record.Attributes = _attributes.Take();
        // The time of the event is optional.
        if (_record.TimeMs == 0)
            _record.TimeMs = _observed / 1e6;
        return _record;
    }

    protected override void Begin()
    {
        _record = new() { Severity = LogSeverity.Info };
        _observed = 0;
        _attributes.Clear();
        _body.Clear();
    }

    protected override bool Read(uint tag, ref ParseContext input)
    {
        switch (tag)
        {
            case 1 << 3 | Fixed64:
                _record.TimeMs = input.ReadFixed64() / 1e6;
                return true;
            case 2 << 3 | Varint:
                _record.Severity = Severity(input.ReadEnum());
                return true;
            case 5 << 3 | Delimited:
                input.ReadMessage(_body);
                return true;
            case 6 << 3 | Delimited:
                _attributes.Read(ref input);
                return true;
            case 9 << 3 | Delimited:
                _record.TraceId = TraceId.From(input.ReadBytes().Span);
                return true;
            case 10 << 3 | Delimited:
                _record.SpanId = SpanId.From(input.ReadBytes().Span);
                return true;
            case 11 << 3 | Fixed64:
                _observed = input.ReadFixed64();
                return true;
            default:
                return false;
        }
    }

    /// <summary>Four numbers for each level, from 1 on; 0 is none.</summary>
    private static LogSeverity Severity(int number) => number is >= 1 and <= 24 ? (LogSeverity)((number - 1) / 4) : LogSeverity.Info;
}
