using NotifyQuery.EventSource.Filtering;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Hosting;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Delivery;

/// <summary>What every shard of a stream is delivered with.</summary>
/// <param name="Options">The settings.</param>
/// <param name="Stream">Where records are read.</param>
/// <param name="Function">Where they go.</param>
/// <param name="Checkpoints">Where it is kept how far they are done.</param>
/// <param name="OnFailure">Where they go that are given up.</param>
/// <param name="BackendRetry">Repeats what must succeed in the end.</param>
/// <param name="Status">What is told of it.</param>
/// <param name="Metrics">What is measured.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">The log.</param>
internal sealed record DeliveryContext(
    EventSourceOptions Options,
    IChangeStream Stream,
    IFunction Function,
    ICheckpoints Checkpoints,
    OnFailureDestination OnFailure,
    BackendRetry BackendRetry,
    EventSourceStatus Status,
    EventSourceMetrics Metrics,
    TimeProvider Time,
    ILogger<DeliveryContext> Logger
)
{
    /// <summary>The rules of retrying.</summary>
    public BatchRetry Retry { get; } = new(Options.MaximumRetryAttempts, Options.MaximumRecordAge, Options.BisectBatchOnFunctionError);

    /// <summary>Chooses the records that are delivered.</summary>
    public EventFilter Filter { get; } = EventFilter.Of(Options.FilterCriteria);

    /// <summary>The waits between the attempts at a batch.</summary>
    public Backoff Backoff { get; } = new(Options.RetryDelay, Options.MaximumRetryDelay, Random.Shared.NextDouble);
}

/// <summary>When to stop. Both end when the lease is lost.</summary>
/// <param name="Stopping">Begin nothing new.</param>
/// <param name="Abandon">Leave what is under way: its time is up.</param>
internal readonly record struct Ending(CancellationToken Stopping, CancellationToken Abandon);
