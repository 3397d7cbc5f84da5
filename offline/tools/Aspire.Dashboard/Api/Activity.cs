using Aspire.Dashboard.Store;

namespace Aspire.Dashboard.Api;

internal sealed record ActivityCounts(int Traces, int Spans, int Logs, int Metrics, SignalCounts Dropped, SignalCounts ReceivedPerSecond);

internal sealed record SignalCounts(double Spans, double Logs, double Points);

/// <summary>How much comes in, and how much of it is there.</summary>
internal sealed class Activity(TelemetryStore store, TimeProvider time)
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly Queue<(long At, long Spans, long Logs, long Points)> _past = new();

    public ActivityCounts Now()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var (spans, logs, points) = (store.Spans.Received, store.Logs.Received, store.Metrics.Received);
            _past.Enqueue((now, spans, logs, points));
            while (_past.Count > 2 && time.GetElapsedTime(_past.Peek().At, now) > s_window)
                _past.Dequeue();
            var then = _past.Peek();
            var seconds = Math.Max(0.1, time.GetElapsedTime(then.At, now).TotalSeconds);
            return new(store.Spans.Traces, store.Spans.Spans, store.Logs.Count, store.Metrics.Instruments,
                new(store.Spans.Dropped, store.Logs.Dropped, store.Metrics.Dropped),
                new(Rate(spans - then.Spans), Rate(logs - then.Logs), Rate(points - then.Points)));

            double Rate(long count) => Math.Round(count / seconds, 1);
        }
    }
}
