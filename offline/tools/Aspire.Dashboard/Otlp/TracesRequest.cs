using Aspire.Dashboard.Store;
using Google.Protobuf;

namespace Aspire.Dashboard.Otlp;

/// <summary>An export of spans.</summary>
internal sealed class TracesRequest(DecodeContext context) : OtlpMessage
{
    private readonly ResourceSpans _resourceSpans = new(context);

    public List<Span> Spans => _resourceSpans.Spans;

    protected override void Begin() { }

    protected override bool Read(uint tag, ref ParseContext input)
    {
        if (tag != (1 << 3 | Delimited))
            return false;
        var first = Spans.Count;
        input.ReadMessage(_resourceSpans);
        // Fields come in any order: only now is it certain whose spans these are.
        foreach (var span in Spans.Skip(first))
            span.Source = _resourceSpans.Source;
        return true;
    }

    private sealed class ResourceSpans(DecodeContext context) : OtlpMessage
    {
        private readonly SourceReader _source = new(context);
        private readonly ScopeSpans _scopeSpans = new(context);

        public List<Span> Spans => _scopeSpans.Spans;

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
                    var first = Spans.Count;
                    input.ReadMessage(_scopeSpans);
                    foreach (var span in Spans.Skip(first))
                        span.Scope = _scopeSpans.Scope;
                    return true;
                default:
                    return false;
            }
        }
    }

    private sealed class ScopeSpans(DecodeContext context) : OtlpMessage
    {
        private readonly ScopeReader _scope = new(context);
        private readonly SpanReader _span = new(context);

        public List<Span> Spans { get; } = [];

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
                    input.ReadMessage(_span);
                    if (_span.Take() is { } span)
                        Spans.Add(span);
                    return true;
                default:
                    return false;
            }
        }
    }
}
