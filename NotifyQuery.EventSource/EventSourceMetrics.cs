using System.Diagnostics.Metrics;
using NotifyQuery.Core;

namespace NotifyQuery.EventSource;

/// <summary>What the event source measures.</summary>
internal sealed class EventSourceMetrics
{
    private readonly Counter<long> _read;
    private readonly Counter<long> _filtered;
    private readonly Counter<long> _batches;
    private readonly Counter<long> _records;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _resets;

    public EventSourceMetrics(IMeterFactory meters, EventSourceStatus status)
    {
        var meter = meters.Create(Telemetry.Name);
        _read = meter.CreateCounter<long>("notifyquery.event_source.records_read", "{record}", "Records read from the stream.");
        _filtered = meter.CreateCounter<long>("notifyquery.event_source.records_filtered", "{record}",
            "Records that no filter takes, and that are done without the function.");
        _batches = meter.CreateCounter<long>("notifyquery.event_source.batches", "{batch}", "Invocations of the function with a batch, by outcome.");
        _records = meter.CreateCounter<long>("notifyquery.event_source.records", "{record}", "Records that the function is done with.");
        _retries = meter.CreateCounter<long>("notifyquery.event_source.retries", "{batch}", "Invocations with records that had failed before.");
        _failures = meter.CreateCounter<long>("notifyquery.event_source.failures", "{failure}", "What went wrong, by reason.");
        _resets = meter.CreateCounter<long>(
            "notifyquery.event_source.resets", "{shard}", "Shards whose position an operator has replaced.");
        meter.CreateObservableGauge(
            "notifyquery.event_source.paused", () => status.State is EventSourceState.Pausing or EventSourceState.Paused ? 1 : 0,
            "{event_source}", "1 while delivery is paused, else 0.");
        meter.CreateObservableGauge(
            "notifyquery.event_source.iterator_age", () => status.IteratorAge.TotalSeconds, "s", "Age of the oldest record that is read and not done.");
        meter.CreateObservableGauge(
            "notifyquery.event_source.checkpoint_age", () => status.CheckpointAge.TotalSeconds, "s",
            "Time since a record was last finished, where records wait: by our own clock, however coarse the stream's stamps are.");
    }

    public void Read(int records) => _read.Add(records);

    public void Filtered(int records) => _filtered.Add(records);

    /// <summary>An invocation ended: <c>done</c>, or the reason why not all of its records are.</summary>
    public void Invoked(string outcome, bool again)
    {
        _batches.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        if (again) _retries.Add(1);
    }

    /// <summary>The position of a shard was replaced.</summary>
    public void Reset() => _resets.Add(1);

    public void Done(int records) => _records.Add(records);

    public void Failed(string reason, long count = 1) => _failures.Add(count, new KeyValuePair<string, object?>("reason", reason));
}
