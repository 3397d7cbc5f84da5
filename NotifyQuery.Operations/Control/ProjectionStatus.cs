namespace NotifyQuery.Operations.Control;

/// <summary>Whether changes are delivered: the states of Lambda's event source mapping.</summary>
public enum ProjectionState
{
    /// <summary>Changes are delivered.</summary>
    Enabled,

    /// <summary>Delivery is requested, but has not started yet.</summary>
    Enabling,

    /// <summary>A pause is requested, but running batches are not finished yet.</summary>
    Disabling,

    /// <summary>Nothing is delivered. Changes wait in the stream.</summary>
    Disabled,
}

/// <summary>The state of the projection.</summary>
/// <param name="Source"><c>event_source</c> (local) or <c>event_source_mapping</c> (Lambda's).</param>
/// <param name="Name">The event source that holds the lease, or the mapping with its function; null if no event source runs.</param>
/// <param name="State">Whether changes are delivered.</param>
public sealed record ProjectionStatus(string Source, string? Name, ProjectionState State)
{
    /// <summary>Whether an event source runs. Without one, nothing is delivered and no request is carried out.</summary>
    public required bool Running { get; init; }

    /// <summary>Since when delivery has been paused or running.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Who paused delivery; null if delivery is not paused, or if this is not known.</summary>
    public string? PausedBy { get; init; }

    /// <summary>The last request: <c>pause</c>, <c>resume</c> or <c>reset</c>.</summary>
    public string? AskedFor { get; init; }

    /// <summary>Who made the last request.</summary>
    public string? AskedBy { get; init; }

    /// <summary>When the last request was made.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>Whether every request is carried out.</summary>
    public required bool Taken { get; init; }

    /// <summary>The stream; null if the table has none.</summary>
    public string? StreamArn { get; init; }

    /// <summary>The age of the oldest undelivered record, in seconds; null if there is none, or if it is not known.</summary>
    public double? OldestWaitingSeconds { get; init; }

    /// <summary>How long the stream still stores that record, in seconds; null if the record's age is null.</summary>
    public double? KeptForSeconds { get; init; }

    /// <summary>In how many seconds that record is too old to be delivered (MaximumRecordAgeInSeconds); null if never.</summary>
    public double? GivenUpInSeconds { get; init; }

    /// <summary>The state of each shard, in the order of the stream; empty on AWS, which does not report positions.</summary>
    public IReadOnlyList<ShardState> Shards { get; init; } = [];

    /// <summary>Additional information; null for none.</summary>
    public string? Note { get; init; }
}

/// <summary>The state of a shard.</summary>
/// <param name="ShardId">The shard.</param>
/// <param name="Position">The last delivered record, the first record to deliver, or that the shard is done.</param>
/// <param name="LagSeconds">The age of the oldest undelivered record of the shard, in seconds; null if there is none.</param>
/// <param name="Pending">The new position, if a reset is requested but not carried out yet; null otherwise.</param>
public sealed record ShardState(string ShardId, string Position, double? LagSeconds, string? Pending);

/// <summary>The result of a request.</summary>
/// <param name="Done">Whether the requested state is reached.</param>
/// <param name="Summary">What happened, and what to do if the state is not reached.</param>
/// <param name="Status">The state of the projection afterwards.</param>
public sealed record ControlOutcome(bool Done, string Summary, ProjectionStatus Status);

/// <summary>An invalid request. Nothing was changed.</summary>
/// <param name="message">Why, and what to do.</param>
public sealed class ControlRefusedException(string message) : Exception(message);

/// <summary>Pauses and resumes the projection, and moves its position in the stream.</summary>
public interface IProjectionControl
{
    /// <summary>The current state.</summary>
    Task<ProjectionStatus> StatusAsync(CancellationToken cancellationToken);

    /// <summary>Stops delivery until it is resumed.</summary>
    Task<ControlOutcome> PauseAsync(string by, TimeSpan within, CancellationToken cancellationToken);

    /// <summary>Continues delivery where it stopped.</summary>
    Task<ControlOutcome> ResumeAsync(string by, TimeSpan within, CancellationToken cancellationToken);

    /// <summary>Replaces positions in the stream.</summary>
    /// <param name="to"><c>trim-horizon</c>, <c>latest</c> or a sequence number.</param>
    /// <param name="shardId">One shard; null for all.</param>
    /// <param name="by">Who makes the request.</param>
    /// <param name="within">How long to wait until the request is carried out.</param>
    /// <param name="cancellationToken">Ends the wait. The request remains.</param>
    /// <exception cref="ControlRefusedException">There is no such position.</exception>
    Task<ControlOutcome> ResetAsync(string to, string? shardId, string by, TimeSpan within, CancellationToken cancellationToken);
}
