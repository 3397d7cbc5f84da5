namespace Aspire.Dashboard.Store;

/// <summary>A trace, as far as its spans have come.</summary>
internal sealed class Trace(TraceId id, long number)
{
    public TraceId Id => id;

    /// <summary>Grows with each trace; the newest has the greatest.</summary>
    public long Number => number;

    /// <summary>In the order in which they came.</summary>
    public List<Span> Spans { get; } = [];

    public long Bytes { get; set; }
}

/// <summary>Puts spans together to traces, in whatever order they come. When it is full, the oldest traces go, each as a whole.</summary>
internal sealed class SpanStore(Limits limits)
{
    private const int MaxLinksToTrace = 200;

    private readonly Lock _gate = new();
    private readonly Dictionary<TraceId, Trace> _traces = [];
    private readonly LinkedList<Trace> _byAge = new();
    private readonly Dictionary<TraceId, List<Span>> _linksTo = [];
    private long _lastNumber;
    private long _bytes;

    public int Spans { get; private set; }

    public int Traces => _byAge.Count;

    public long Received { get; private set; }

    /// <summary>Refused. What goes to make room for newer ones is not counted.</summary>
    public long Dropped { get; private set; }

    public void Add(IReadOnlyList<Span> spans)
    {
        lock (_gate)
        {
            foreach (var span in spans)
                Add(span);
            Received += spans.Count;
            while (Spans > limits.Spans || _byAge.Count > limits.Traces || _bytes > limits.SpanBytes)
                RemoveOldest();
        }
    }

    public void CountDropped(int spans)
    {
        lock (_gate)
            Dropped += spans;
    }

    /// <summary>The spans of a trace, and those of other traces that link to it; null when it is unknown.</summary>
    public (Span[] Spans, Span[] LinkedFrom)? Find(TraceId id)
    {
        lock (_gate)
        {
            return _traces.TryGetValue(id, out var trace)
                ? ([.. trace.Spans], _linksTo.TryGetValue(id, out var from) ? [.. from] : [])
                : null;
        }
    }

    public bool Contains(TraceId id)
    {
        lock (_gate)
            return _traces.ContainsKey(id);
    }

    /// <summary>Newest first, from the one before the given number on; the selection may be slow, new spans come in between.</summary>
    public List<T> Select<T>(long? before, int limit, Func<Trace, T?> selection) where T : class
    {
        Trace[] traces;
        lock (_gate)
            traces = [.. _byAge];
        var selected = new List<T>();
        for (var i = traces.Length - 1; i >= 0 && selected.Count < limit; i--)
        {
            if (before is not null && traces[i].Number >= before)
                continue;
            lock (_gate)
            {
                if (selection(traces[i]) is { } item)
                    selected.Add(item);
            }
        }

        return selected;
    }

    private void Add(Span span)
    {
        if (!_traces.TryGetValue(span.TraceId, out var trace))
        {
            trace = new(span.TraceId, ++_lastNumber);
            _traces.Add(trace.Id, trace);
            _byAge.AddLast(trace);
        }

        if (trace.Spans.Count >= limits.SpansPerTrace)
        {
            Dropped++;
            return;
        }

        trace.Spans.Add(span);
        trace.Bytes += span.Size;
        _bytes += span.Size;
        Spans++;
        foreach (var target in Targets(span))
        {
            if (!_linksTo.TryGetValue(target, out var from))
                _linksTo.Add(target, from = []);
            if (from.Count < MaxLinksToTrace)
                from.Add(span);
        }
    }

    private void RemoveOldest()
    {
        var trace = _byAge.First!.Value;
        _byAge.RemoveFirst();
        _traces.Remove(trace.Id);
        _bytes -= trace.Bytes;
        Spans -= trace.Spans.Count;
        foreach (var span in trace.Spans)
        {
            foreach (var target in Targets(span))
            {
                if (_linksTo.TryGetValue(target, out var from) && from.Remove(span) && from.Count == 0)
                    _linksTo.Remove(target);
            }
        }
    }

    private static IEnumerable<TraceId> Targets(Span span) =>
        span.Links.Length == 0 ? [] : span.Links.Select(link => link.TraceId).Where(id => !id.IsEmpty && id != span.TraceId).Distinct();
}
