using Aspire.Dashboard.Store;
using Google.Protobuf;

namespace Aspire.Dashboard.Otlp;

internal sealed class SpanReader(DecodeContext context) : ItemReader<Span>
{
    private const int SizeOfSpan = 240;

    private readonly AttributeReader _attributes = new(context);
    private readonly EventReader _event = new(context);
    private readonly LinkReader _link = new(context);
    private readonly StatusReader _status = new(context);
    private readonly List<SpanEvent> _events = [];
    private readonly List<SpanLink> _links = [];
    private Span _span = new();

    public override Span? Take()
    {
        if (_span.TraceId.IsEmpty || _span.Id.IsEmpty)
        {
            context.Reject("A span needs a trace id of 16 bytes and a span id of 8 bytes, not all zero.");
            return null;
        }

        _span.Size += SizeOfSpan + _attributes.Size;
        _span.Attributes = _attributes.Take();
        _span.Events = [.. _events];
        _span.Links = [.. _links];
        return _span;
    }

    protected override void Begin()
    {
        _span = new();
        _attributes.Clear();
        _events.Clear();
        _links.Clear();
    }

    protected override bool Read(uint tag, ref ParseContext input)
    {
        switch (tag)
        {
            case 1 << 3 | Delimited:
                _span.TraceId = TraceId.From(input.ReadBytes().Span);
                return true;
            case 2 << 3 | Delimited:
                _span.Id = SpanId.From(input.ReadBytes().Span);
                return true;
            case 4 << 3 | Delimited:
                _span.ParentId = SpanId.From(input.ReadBytes().Span);
                return true;
            case 5 << 3 | Delimited:
                _span.Name = context.Name(input.ReadString());
                return true;
            case 6 << 3 | Varint:
                _span.Kind = input.ReadEnum() is var kind and >= 0 and <= (int)SpanKind.Consumer ? (SpanKind)kind : SpanKind.Unspecified;
                return true;
            case 7 << 3 | Fixed64:
                _span.StartNanos = input.ReadFixed64();
                return true;
            case 8 << 3 | Fixed64:
                _span.EndNanos = input.ReadFixed64();
                return true;
            case 9 << 3 | Delimited:
                _attributes.Read(ref input);
                return true;
            case 11 << 3 | Delimited:
                input.ReadMessage(_event);
                Add(_events, _event.Take(), context.Limits.EventsPerSpan, _event.Size);
                return true;
            case 13 << 3 | Delimited:
                input.ReadMessage(_link);
                Add(_links, _link.Take(), context.Limits.LinksPerSpan, _link.Size);
                return true;
            case 15 << 3 | Delimited:
                input.ReadMessage(_status);
                (_span.Status, _span.StatusMessage) = (_status.Status, _status.Message);
                return true;
            default:
                return false;
        }
    }

    private void Add<T>(List<T> list, T item, int limit, int size)
    {
        if (list.Count >= limit)
            return;
        list.Add(item);
        _span.Size += size;
    }

    private sealed class EventReader(DecodeContext context) : OtlpMessage
    {
        private readonly AttributeReader _attributes = new(context);
        private string _name = "";
        private ulong _time;

        public int Size { get; private set; }

        public SpanEvent Take()
        {
            Size = 80 + _attributes.Size;
            return new(_time / 1e6, _name, _attributes.Take());
        }

        protected override void Begin()
        {
            (_name, _time) = ("", 0);
            _attributes.Clear();
        }

        protected override bool Read(uint tag, ref ParseContext input)
        {
            switch (tag)
            {
                case 1 << 3 | Fixed64:
                    _time = input.ReadFixed64();
                    return true;
                case 2 << 3 | Delimited:
                    _name = context.Name(input.ReadString());
                    return true;
                case 3 << 3 | Delimited:
                    _attributes.Read(ref input);
                    return true;
                default:
                    return false;
            }
        }
    }

    private sealed class LinkReader(DecodeContext context) : OtlpMessage
    {
        private readonly AttributeReader _attributes = new(context);
        private TraceId _traceId;
        private SpanId _spanId;

        public int Size { get; private set; }

        public SpanLink Take()
        {
            Size = 80 + _attributes.Size;
            return new(_traceId, _spanId, _attributes.Take());
        }

        protected override void Begin()
        {
            (_traceId, _spanId) = (default, default);
            _attributes.Clear();
        }

        protected override bool Read(uint tag, ref ParseContext input)
        {
            switch (tag)
            {
                case 1 << 3 | Delimited:
                    _traceId = TraceId.From(input.ReadBytes().Span);
                    return true;
                case 2 << 3 | Delimited:
                    _spanId = SpanId.From(input.ReadBytes().Span);
                    return true;
                case 4 << 3 | Delimited:
                    _attributes.Read(ref input);
                    return true;
                default:
                    return false;
            }
        }
    }

    private sealed class StatusReader(DecodeContext context) : OtlpMessage
    {
        public SpanStatus Status { get; private set; }

        public string Message { get; private set; } = "";

        protected override void Begin() => (Status, Message) = (SpanStatus.Unset, "");

        protected override bool Read(uint tag, ref ParseContext input)
        {
            switch (tag)
            {
                case 2 << 3 | Delimited:
                    Message = context.Value(input.ReadString());
                    return true;
                case 3 << 3 | Varint:
                    Status = input.ReadEnum() switch
                    {
                        1 => SpanStatus.Ok,
                        2 => SpanStatus.Error,
                        _ => SpanStatus.Unset,
                    };
                    return true;
                default:
                    return false;
            }
        }
    }
}
