namespace Aspire.Dashboard.Store;

/// <summary>All that was received and is kept. Whoever wants to see spans as they come says so once, at the start.</summary>
internal sealed class TelemetryStore(Limits limits)
{
    public Limits Limits => limits;

    public StringPool Pool { get; } = new();

    public SpanStore Spans { get; } = new(limits);

    public LogStore Logs { get; } = new(limits);

    public MetricStore Metrics { get; } = new(limits);

    public Action<IReadOnlyList<Span>>? SpansReceived { get; init; }

    public void Add(IReadOnlyList<Span> spans)
    {
        Spans.Add(spans);
        SpansReceived?.Invoke(spans);
    }
}
