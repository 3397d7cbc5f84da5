namespace NotifyQuery.Operations.Control;

/// <summary>Whether changes are delivered: the states of Lambda's event source mapping.</summary>
public enum ProjectionState
{
    /// <summary>Changes are delivered.</summary>
    Enabled,

    /// <summary>Delivery is asked for, and has not begun yet.</summary>
    Enabling,

    /// <summary>A pause is asked for, and the batches under way are being finished.</summary>
    Disabling,

    /// <summary>Nothing is delivered. What is written waits in the stream.</summary>
    Disabled,
}

/// <summary>Where the projection stands.</summary>
/// <param name="Source">What delivers: <c>event_source</c>, the local one, or <c>event_source_mapping</c>, Lambda's.</param>
/// <param name="Name">The event source that holds the lease, or the mapping with its function; null when none runs.</param>
/// <param name="State">Whether changes are delivered.</param>
public sealed record ProjectionStatus(string Source, string? Name, ProjectionState State)
{
    /// <summary>Whether there is anybody to deliver, and to carry out requests.</summary>
    public required bool Running { get; init; }

    /// <summary>Since when it is paused, or delivers.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Who paused it; null when it is not paused, or that is not known.</summary>
    public string? PausedBy { get; init; }

    /// <summary>The last request: <c>pause</c>, <c>resume</c> or <c>reset</c>.</summary>
    public string? AskedFor { get; init; }

    /// <summary>Who made the last request.</summary>
    public string? AskedBy { get; init; }

    /// <summary>When the last request was made.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>Whether everything that was asked for is carried out.</summary>
    public required bool Taken { get; init; }

    /// <summary>The stream; null when the table has none.</summary>
    public string? StreamArn { get; init; }

    /// <summary>Age of the oldest record that is not delivered, in seconds; null when none waits, or it is not known.</summary>
    public double? OldestWaitingSeconds { get; init; }

    /// <summary>For how long the stream still keeps that record, in seconds; null like the above.</summary>
    public double? KeptForSeconds { get; init; }

    /// <summary>
    /// After how many seconds that record is given up on instead of delivered (MaximumRecordAgeInSeconds); null when never.
    /// </summary>
    public double? GivenUpInSeconds { get; init; }

    /// <summary>Each shard, in the order of the stream; none on AWS, which does not tell.</summary>
    public IReadOnlyList<ShardState> Shards { get; init; } = [];

    /// <summary>What else is to be known; null for nothing.</summary>
    public string? Note { get; init; }
}

/// <summary>Where a shard stands.</summary>
/// <param name="ShardId">The shard.</param>
/// <param name="Position">Up to which record it is delivered, with which it begins, or that it is done.</param>
/// <param name="LagSeconds">Age of its oldest record that is not delivered, in seconds; null when none waits.</param>
/// <param name="Pending">The position that it gets as soon as an event source takes the request; null for none.</param>
public sealed record ShardState(string ShardId, string Position, double? LagSeconds, string? Pending);

/// <summary>What came of a request.</summary>
/// <param name="Done">Whether what was asked for is so now.</param>
/// <param name="Summary">What happened, and what to do if it is not so.</param>
/// <param name="Status">Where the projection stands afterwards.</param>
public sealed record ControlOutcome(bool Done, string Summary, ProjectionStatus Status);

/// <summary>A request that makes no sense. Nothing was changed.</summary>
/// <param name="message">Why, and what to do.</param>
public sealed class ControlRefusedException(string message) : Exception(message);

/// <summary>Pausing and resuming the projection, and moving it in the stream.</summary>
public interface IProjectionControl
{
    /// <summary>Where it stands.</summary>
    Task<ProjectionStatus> StatusAsync(CancellationToken cancellationToken);

    /// <summary>Has nothing delivered until it is resumed.</summary>
    Task<ControlOutcome> PauseAsync(string by, TimeSpan within, CancellationToken cancellationToken);

    /// <summary>Has changes delivered again, from where delivery stopped.</summary>
    Task<ControlOutcome> ResumeAsync(string by, TimeSpan within, CancellationToken cancellationToken);

    /// <summary>Replaces positions in the stream.</summary>
    /// <param name="to"><c>trim-horizon</c>, <c>latest</c> or a sequence number.</param>
    /// <param name="shardId">One shard; null for all.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="within">How long to wait until it is carried out.</param>
    /// <param name="cancellationToken">Ends the wait; what was asked for stays asked for.</param>
    /// <exception cref="ControlRefusedException">There is no such position.</exception>
    Task<ControlOutcome> ResetAsync(string to, string? shardId, string by, TimeSpan within, CancellationToken cancellationToken);
}
