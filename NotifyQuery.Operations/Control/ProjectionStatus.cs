namespace NotifyQuery.Operations.Control;

/// <summary>Whether changes are delivered: the states of Lambda's event source mapping.</summary>
public enum ProjectionState
{
    /// <summary>Changes are delivered.</summary>
    Enabled,

    /// <summary>Delivery is requested, and has not begun yet.</summary>
    Enabling,

    /// <summary>A pause is requested, and the running batches are being finished.</summary>
    Disabling,

    /// <summary>Nothing is delivered. Changes wait in the stream.</summary>
    Disabled,
}

/// <summary>The state of the projection.</summary>
/// <param name="Source">What delivers: <c>event_source</c>, the local one, or <c>event_source_mapping</c>, Lambda's.</param>
/// <param name="Name">The event source that holds the lease, or the mapping with its function; null if none runs.</param>
/// <param name="State">Whether changes are delivered.</param>
public sealed record ProjectionStatus(string Source, string? Name, ProjectionState State)
{
    /// <summary>Whether an event source runs, which delivers and carries out requests.</summary>
    public required bool Running { get; init; }

    /// <summary>Since when it has been paused or delivering.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Who paused it; null if it is not paused, or that is not known.</summary>
    public string? PausedBy { get; init; }

    /// <summary>The last request: <c>pause</c>, <c>resume</c> or <c>reset</c>.</summary>
    public string? AskedFor { get; init; }

    /// <summary>Who made the last request.</summary>
    public string? AskedBy { get; init; }

    /// <summary>When the last request was made.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>Whether everything that was requested is carried out.</summary>
    public required bool Taken { get; init; }

    /// <summary>The stream; null if the table has none.</summary>
    public string? StreamArn { get; init; }

    /// <summary>Age of the oldest record that is not delivered, in seconds; null if none waits, or it is not known.</summary>
    public double? OldestWaitingSeconds { get; init; }

    /// <summary>How long the stream still keeps that record, in seconds; null like the above.</summary>
    public double? KeptForSeconds { get; init; }

    /// <summary>
    /// After how many seconds that record is too old to be delivered (MaximumRecordAgeInSeconds); null if never.
    /// </summary>
    public double? GivenUpInSeconds { get; init; }

    /// <summary>Each shard, in the order of the stream; none on AWS, which does not report them.</summary>
    public IReadOnlyList<ShardState> Shards { get; init; } = [];

    /// <summary>Additional information; null for none.</summary>
    public string? Note { get; init; }
}

/// <summary>The state of a shard.</summary>
/// <param name="ShardId">The shard.</param>
/// <param name="Position">The last delivered record, the first record to deliver, or that the shard is done.</param>
/// <param name="LagSeconds">Age of its oldest record that is not delivered, in seconds; null if none waits.</param>
/// <param name="Pending">The position that it gets when an event source carries out the request; null for none.</param>
public sealed record ShardState(string ShardId, string Position, double? LagSeconds, string? Pending);

/// <summary>The result of a request.</summary>
/// <param name="Done">Whether the requested state is reached.</param>
/// <param name="Summary">What happened, and what to do if the state is not reached.</param>
/// <param name="Status">The state of the projection afterwards.</param>
public sealed record ControlOutcome(bool Done, string Summary, ProjectionStatus Status);

/// <summary>An invalid request. Nothing was changed.</summary>
/// <param name="message">Why, and what to do.</param>
public sealed class ControlRefusedException(string message) : Exception(message);

/// <summary>Pausing and resuming the projection, and moving it in the stream.</summary>
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
    /// <param name="within">How long to wait until it is carried out.</param>
    /// <param name="cancellationToken">Ends the wait; the request remains.</param>
    /// <exception cref="ControlRefusedException">There is no such position.</exception>
    Task<ControlOutcome> ResetAsync(string to, string? shardId, string by, TimeSpan within, CancellationToken cancellationToken);
}
