using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Dashboard.Api;
using Aspire.Dashboard.Resources;
using Aspire.Dashboard.Store;

namespace Aspire.Dashboard.Flow;

internal sealed record NodeLive(string? State, string? Health);

internal sealed record GaugeLive(double? Value, string Level, IReadOnlyList<double?[]> History);

/// <summary>The flow at one moment, as the pages get it.</summary>
internal sealed record FlowState(byte[] Json);

/// <summary>Measures the flow once a second, for all who look.</summary>
internal sealed class FlowMonitor : IAsyncDisposable
{
    private const int HistorySteps = 150;

    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(1);

    private readonly FlowDescription _description;
    private readonly SpanFlow _spans;
    private readonly MetricFlow _metrics;
    private readonly ResourceClient _resources;
    private readonly TimeProvider _time;
    private readonly Queue<double?[]>[] _history;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private long _step;

    public FlowMonitor(FlowDescription description, SpanFlow spans, TelemetryStore store, ResourceClient resources, TimeProvider time)
    {
        _description = description;
        _spans = spans;
        _metrics = new(store.Metrics);
        _resources = resources;
        _time = time;
        _history = [.. description.Gauges.Select(_ => new Queue<double?[]>())];
        Current = Measure();
    }

    public FlowState Current { get; private set; }

    public void Start() => _running = RunAsync();

    /// <summary>Measures now; each second time adds to the history of the gauges.</summary>
    public FlowState Measure()
    {
        var now = (double)_time.GetUtcNow().ToUnixTimeMilliseconds();
        var document = _description.Document.DeepClone().AsObject();
        foreach (var edge in _description.Edges)
        {
            var live = _spans.Live(edge.Index) ?? new(null, null, null, null, 0, null, null, null);
            if (edge is { Spans: null, Metric: { } metric } && _metrics.Rate(metric, now) is var (rate, lastMs))
                live = live with { Rate = rate, LastMs = lastMs };
            document["edges"]![edge.Index]!["live"] = JsonSerializer.SerializeToNode(live, ApiJson.Default.EdgeLive);
        }

        foreach (var node in _description.Nodes)
        {
            var resource = _resources.Find(node.Resource);
            document["nodes"]![node.Index]!["live"] = JsonSerializer.SerializeToNode(new(resource?.State, resource?.Health), ApiJson.Default.NodeLive);
        }

        var remembers = _step++ % 2 == 0;
        foreach (var gauge in _description.Gauges)
        {
            var value = _metrics.Value(gauge, now);
            var history = _history[gauge.Index];
            if (remembers)
            {
                history.Enqueue([now, value]);
                if (history.Count > HistorySteps)
                    history.Dequeue();
            }

            document["gauges"]![gauge.Index]!["live"] =
                JsonSerializer.SerializeToNode(new(value, Level(gauge, value), [.. history]), ApiJson.Default.GaugeLive);
        }

        return Current = new(JsonSerializer.SerializeToUtf8Bytes(document));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(s_step, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
                Measure();
        }
        catch (OperationCanceledException)
        {
            // The dashboard ends.
        }
    }

    private static string Level(FlowGauge gauge, double? value) => value is null ? "unknown"
        : value > gauge.ErrorAbove ? "error"
        : value > gauge.WarnAbove ? "warn"
        : "ok";
}
