using Aspire.Dashboard.Api;
using Aspire.Dashboard.Store;

namespace Aspire.Dashboard.Flow;

internal sealed record EdgeLive(double? Rate, double? P50Ms, double? P99Ms, double? ErrorRate, long Errors, double? LastMs, string? ExampleTraceId, string? ExampleErrorTraceId);

/// <summary>
/// Counts the spans of each edge as they come, second by second, so that the last ten seconds are known whatever the store still has.
/// </summary>
internal sealed class SpanFlow(IReadOnlyList<FlowEdge> edges, TimeProvider time)
{
    public const int WindowSeconds = 10;

    private readonly Lock _gate = new();
    private readonly Edge[] _edges = [.. edges.Where(edge => edge.Spans is not null).Select(edge => new Edge(edge.Index, edge.Spans!))];

    public void Add(IReadOnlyList<Span> spans)
    {
        if (_edges.Length == 0)
            return;
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        lock (_gate)
        {
            foreach (var span in spans)
            {
                foreach (var edge in _edges)
                {
                    if (edge.Matches(span))
                        edge.Add(span, now);
                }
            }
        }
    }

    /// <summary>Null when the edge is not measured by spans.</summary>
    public EdgeLive? Live(int edge)
    {
        lock (_gate)
            return Array.Find(_edges, one => one.Index == edge)?.Live(time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    public static bool Matches(IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> wanted, KeyValuePair<string, string>[] attributes)
    {
        foreach (var (key, values) in wanted)
        {
            if (attributes.Find(key) is not { } value || !values.Contains(value, StringComparer.Ordinal))
                return false;
        }

        return true;
    }

    private sealed class Edge(int index, SpanSelector selector)
    {
        private readonly Second[] _seconds = [.. Enumerable.Range(0, WindowSeconds + 1).Select(_ => new Second())];
        private long? _last;
        private TraceId _example;
        private TraceId _errorExample;

        public int Index => index;

        public bool Matches(Span span) =>
            (selector.Resource is null || string.Equals(selector.Resource, span.Source.Name, StringComparison.OrdinalIgnoreCase))
            && (selector.Kind is null || string.Equals(selector.Kind, span.Kind.Name(), StringComparison.OrdinalIgnoreCase))
            && (selector.Name is null || selector.Name == span.Name)
            && (selector.Scope is null || selector.Scope == span.Scope)
            && SpanFlow.Matches(selector.Attributes, span.Attributes);

        public void Add(Span span, long now)
        {
            _last = now;
            _example = span.TraceId;
            if (span.IsError)
                _errorExample = span.TraceId;
            var second = now / 1_000;
            _seconds[second % _seconds.Length].Add(second, span);
        }

        public EdgeLive Live(long now)
        {
            // The second that has just begun is not yet one.
            var (first, last) = (now / 1_000 - WindowSeconds, now / 1_000 - 1);
            var window = _seconds.Where(second => second.Number >= first && second.Number <= last).ToList();
            var count = window.Sum(second => second.Count);
            var errors = window.Sum(second => second.Errors);
            return new(count / (double)WindowSeconds, Percentile(window, count, 0.5), Percentile(window, count, 0.99), count == 0 ? 0 : errors / (double)count, errors,
                _last, _example.IsEmpty ? null : _example.ToString(), _errorExample.IsEmpty ? null : _errorExample.ToString());
        }

        private static double? Percentile(List<Second> window, long count, double part)
        {
            if (count == 0)
                return null;
            var wanted = Math.Max(1, (long)Math.Ceiling(part * count));
            for (var bucket = 0; bucket < Second.Buckets; bucket++)
            {
                wanted -= window.Sum(second => second.Durations[bucket]);
                if (wanted <= 0)
                    return Second.Middle(bucket);
            }

            return null;
        }
    }

    /// <summary>Durations in buckets of a twelfth of a power of two each, from a microsecond on: right to 3 %.</summary>
    private sealed class Second
    {
        public const int Buckets = 12 * 32;

        public long Number { get; private set; } = -1;

        public long Count { get; private set; }

        public long Errors { get; private set; }

        public int[] Durations { get; } = new int[Buckets];

        public void Add(long number, Span span)
        {
            if (Number != number)
            {
                (Number, Count, Errors) = (number, 0, 0);
                Array.Clear(Durations);
            }

            Count++;
            Errors += span.IsError ? 1 : 0;
            Durations[Math.Clamp((int)(Math.Log2(Math.Max(span.DurationMs * 1_000, 1)) * 12), 0, Buckets - 1)]++;
        }

        public static double Middle(int bucket) => Math.Round(Math.Pow(2, (bucket + 0.5) / 12) / 1_000, 4);
    }
}
