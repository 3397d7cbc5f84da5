using System.Diagnostics;
using System.Diagnostics.Metrics;
using NotifyQuery.Core;

namespace NotifyQuery.EventSource;

/// <summary>What the event source measures.</summary>
internal sealed class EventSourceMetrics
{
    /// <summary>One span per invocation.</summary>
    public static readonly ActivitySource Source = new(Telemetry.Name);

    private readonly Counter<long> _batches;
    private readonly Counter<long> _records;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _failures;

    public EventSourceMetrics(IMeterFactory meters, EventSourceStatus status)
    {
        var meter = meters.Create(Telemetry.Name);
        _batches = meter.CreateCounter<long>("notifyquery.event_source.batches", "{batch}", "Batches that the function was invoked with.");
        _records = meter.CreateCounter<long>("notifyquery.event_source.records", "{record}", "Records that the function is done with.");
        _retries = meter.CreateCounter<long>("notifyquery.event_source.retries", "{batch}", "Invocations with records that had failed before.");
        _failures = meter.CreateCounter<long>("notifyquery.event_source.failures", "{failure}", "What went wrong, by reason.");
        meter.CreateObservableGauge(
            "notifyquery.event_source.iterator_age", () => status.IteratorAge.TotalSeconds, "s", "Age of the oldest record that is read and not done.");
    }

    public void Invoked(bool again)
    {
        _batches.Add(1);
        if (again) _retries.Add(1);
    }

    public void Done(int records) => _records.Add(records);

    public void Failed(string reason, long count = 1) => _failures.Add(count, new KeyValuePair<string, object?>("reason", reason));
}
