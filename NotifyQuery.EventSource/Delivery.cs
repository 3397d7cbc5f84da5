using NotifyQuery.EventSource.Filtering;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource;

/// <summary>What every shard of a stream is delivered with.</summary>
internal sealed record Delivery(
    EventSourceOptions Options,
    IChangeStream Stream,
    IFunction Function,
    ICheckpoints Checkpoints,
    OnFailureDestination OnFailure,
    BackendRetry BackendRetry,
    EventSourceStatus Status,
    EventSourceMetrics Metrics,
    TimeProvider Time,
    ILogger<Delivery> Logger)
{
    public BatchRetry Retry { get; } = new(Options.MaximumRetryAttempts, Options.MaximumRecordAge, Options.BisectBatchOnFunctionError);

    public EventFilter Filter { get; } = EventFilter.Of(Options.FilterCriteria);

    public Backoff Backoff { get; } = new(Options.RetryDelay, Options.MaximumRetryDelay, Random.Shared.NextDouble);
}

/// <summary>When to stop. Both end when the lease is lost.</summary>
/// <param name="Stopping">Begin nothing new.</param>
/// <param name="Abandon">Leave what is under way: its time is up.</param>
internal readonly record struct Ending(CancellationToken Stopping, CancellationToken Abandon);
