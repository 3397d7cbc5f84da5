using NotifyQuery.EventSource.Filtering;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Hosting;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Delivery;

/// <summary>The settings and dependencies for the delivery of every shard of a stream.</summary>
/// <param name="Options">The settings.</param>
/// <param name="Stream">The stream that records are read from.</param>
/// <param name="Function">The function that receives the records.</param>
/// <param name="Checkpoints">Stores the checkpoints.</param>
/// <param name="OnFailure">Stores records that are not delivered as dead letters.</param>
/// <param name="BackendRetry">Retries operations that must succeed eventually.</param>
/// <param name="Status">The status for health checks and <c>/status</c>.</param>
/// <param name="Metrics">The metrics.</param>
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
    /// <summary>The retry rules.</summary>
    public BatchRetry Retry { get; } = new(Options.MaximumRetryAttempts, Options.MaximumRecordAge, Options.BisectBatchOnFunctionError);

    /// <summary>Selects the records to deliver.</summary>
    public EventFilter Filter { get; } = EventFilter.Of(Options.FilterCriteria);

    /// <summary>The delays between attempts of a batch.</summary>
    public Backoff Backoff { get; } = new(Options.RetryDelay, Options.MaximumRetryDelay, Random.Shared.NextDouble);
}

/// <summary>When to stop. Both tokens are cancelled when the lease is lost.</summary>
/// <param name="Stopping">Start no new work.</param>
/// <param name="Abandon">Abort work in progress: its time limit has expired.</param>
internal readonly record struct StopTokens(CancellationToken Stopping, CancellationToken Abandon);
