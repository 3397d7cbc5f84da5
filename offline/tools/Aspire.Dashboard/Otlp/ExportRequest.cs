using Aspire.Dashboard.Store;
using Google.Protobuf;

namespace Aspire.Dashboard.Otlp;

/// <summary>
/// An export of spans, log records or metrics: the items stand in the scope that made them, and the scopes in the resource that sends them.
/// The three signals have the same form, with the same field numbers.
/// </summary>
internal sealed class ExportRequest<T> : OtlpMessage
    where T : TelemetryItem
{
    private readonly ResourceItems _resource;

    public ExportRequest(DecodeContext context, ItemReader<T> item) => _resource = new(context, new(context, item, Items));

    public List<T> Items { get; } = [];

    protected override void Begin() => Items.Clear();

    protected override bool Read(uint tag, ref ParseContext input)
    {
        if (tag != (1 << 3 | Delimited))
            return false;
        var first = Items.Count;
        input.ReadMessage(_resource);
        // Fields come in any order: only now is it certain whose items these are.
        foreach (var item in Items.Skip(first))
            item.Source = _resource.Source;
        return true;
    }

    private sealed class ResourceItems(DecodeContext context, ScopeItems scope) : OtlpMessage
    {
        private readonly SourceReader _source = new(context);

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
                    scope.ReadInto(ref input);
                    return true;
                default:
                    return false;
            }
        }
    }

    private sealed class ScopeItems(DecodeContext context, ItemReader<T> reader, List<T> items) : OtlpMessage
    {
        private readonly ScopeReader _scope = new(context);

        public void ReadInto(ref ParseContext input)
        {
            var first = items.Count;
            input.ReadMessage(this);
            foreach (var item in items.Skip(first))
                item.Scope = _scope.Name;
        }

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
                    input.ReadMessage(reader);
                    if (reader.Take() is { } item)
                        items.Add(item);
                    return true;
                default:
                    return false;
            }
        }
    }
}

/// <summary>Reads one span, log record or metric at a time.</summary>
internal abstract class ItemReader<T> : OtlpMessage
    where T : TelemetryItem
{
    /// <summary>The item that was read; null when it is none, which is counted.</summary>
    public abstract T? Take();
}
