using System.Diagnostics.Metrics;
using NotifyQuery.Core;

namespace NotifyQuery.EventSource.Health;

/// <summary>The metrics of the event source.</summary>
internal sealed class EventSourceMetrics
{
    private readonly Counter<long> read;
    private readonly Counter<long> filtered;
    private readonly Counter<long> batches;
    private readonly Counter<long> records;
    private readonly Counter<long> retries;
    private readonly Counter<long> failures;
    private readonly Counter<long> resets;

    /// <param name="meters">Creates the meter.</param>
    /// <param name="status">The source of the gauges.</param>
    public EventSourceMetrics(IMeterFactory meters, EventSourceStatus status)
    {
        var meter = meters.Create(Telemetry.Name);
        read = meter.CreateCounter<long>("notifyquery.event_source.records_read", "{record}", "Records read from the stream.");
        filtered = meter.CreateCounter<long>(
            "notifyquery.event_source.records_filtered",
            "{record}",
            "Records that match no filter and are finished without invoking the function."
        );
        batches = meter.CreateCounter<long>(
            "notifyquery.event_source.batches",
            "{batch}",
            "Invocations of the function with a batch, by outcome."
        );
        records = meter.CreateCounter<long>(
            "notifyquery.event_source.records",
            "{record}",
            "Records that are finished: processed or stored as dead letters."
        );
        retries = meter.CreateCounter<long>(
            "notifyquery.event_source.retries",
            "{batch}",
            "Invocations with records that had failed before."
        );
        failures = meter.CreateCounter<long>("notifyquery.event_source.failures", "{failure}", "Failures, by reason.");
        resets = meter.CreateCounter<long>("notifyquery.event_source.resets", "{shard}", "Shards whose position an operator has reset.");
        meter.CreateObservableGauge(
            "notifyquery.event_source.paused",
            () => status.State is EventSourceState.Pausing or EventSourceState.Paused ? 1 : 0,
            "{event_source}",
            "1 while delivery is paused, else 0."
        );
        meter.CreateObservableGauge(
            "notifyquery.event_source.iterator_age",
            () => status.IteratorAge.TotalSeconds,
            "s",
            "Age of the oldest record that is read but not finished."
        );
        meter.CreateObservableGauge(
            "notifyquery.event_source.checkpoint_age",
            () => status.CheckpointAge.TotalSeconds,
            "s",
            "Time since a record was last finished while records are waiting, measured by the local clock."
        );
    }

    /// <summary>Counts records that were read from the stream.</summary>
    public void Read(int records) => read.Add(records);

    /// <summary>Counts records that no filter matches. They count as done.</summary>
    public void Filtered(int records) => filtered.Add(records);

    /// <summary>Counts an invocation: <c>done</c>, or the reason why not all of its records are done.</summary>
    public void Invoked(string outcome, bool again)
    {
        batches.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        if (again)
            retries.Add(1);
    }

    /// <summary>Counts a reset of a shard's position.</summary>
    public void Reset() => resets.Add(1);

    /// <summary>Counts delivered records that are done or stored as dead letters.</summary>
    public void Done(int records) => this.records.Add(records);

    /// <summary>Counts a failure.</summary>
    /// <param name="reason">The reason: <c>backend</c>, <c>read</c>, <c>timeout</c>, and others.</param>
    /// <param name="count">The number of failures, or of affected records.</param>
    public void Failed(string reason, long count = 1) => failures.Add(count, new KeyValuePair<string, object?>("reason", reason));
}
