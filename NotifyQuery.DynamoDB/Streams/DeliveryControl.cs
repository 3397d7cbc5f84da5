namespace NotifyQuery.DynamoDB.Streams;

/// <summary>
/// The requests of operators to the event source of a table, and which of them the event source has carried out. They are in the same item
/// as the lease, so the owner of the lease reads them at each renewal.
/// </summary>
public sealed record DeliveryControl
{
    /// <summary>
    /// The number of requests so far. Each request increases the number by one, under a condition, so no request overwrites another by
    /// accident.
    /// </summary>
    public long Version { get; init; }

    /// <summary>Whether operators have paused delivery.</summary>
    public bool Paused { get; init; }

    /// <summary>The request that paused delivery; null when delivery is not paused.</summary>
    public ControlRequest? PausedBy { get; init; }

    /// <summary>The last request; null when there was none.</summary>
    public ControlRequest? Last { get; init; }

    /// <summary>The positions that are still to be replaced.</summary>
    public IReadOnlyList<ShardReset> Resets { get; init; } = [];

    /// <summary>What the event source has carried out; null when no event source has stored that yet.</summary>
    public ControlTaken? Taken { get; init; }

    /// <summary>The owner of the lease; null when there is none.</summary>
    public string? Owner { get; init; }

    /// <summary>When the lease expires.</summary>
    public DateTimeOffset? OwnedUntil { get; init; }

    /// <summary>The stream that is being read; null when none was read yet.</summary>
    public string? StreamArn { get; init; }

    /// <summary>The time from which the stream is read, if it is read from LATEST; otherwise null.</summary>
    public DateTimeOffset? StreamSince { get; init; }

    /// <summary>Whether the event source has carried out all requests.</summary>
    public bool IsTaken => (Version == 0 || Taken?.Version == Version) && Resets.Count == 0;

    /// <summary>Whether an event source is running. One that was killed counts as running until its lease expires.</summary>
    /// <param name="now">The current time.</param>
    public bool IsRunning(DateTimeOffset now) => Owner is not null && OwnedUntil >= now;

    /// <summary>
    /// Whether delivery is paused: by the operators' requests, or, if there are none, by the configuration of the event source.
    /// </summary>
    public bool IsPaused => Version == 0 ? Taken is { Enabled: false } : Paused;
}

/// <summary>A request of an operator.</summary>
/// <param name="For"><c>pause</c>, <c>resume</c> or <c>reset</c>.</param>
/// <param name="By">Who made the request.</param>
/// <param name="At">When the request was made.</param>
public sealed record ControlRequest(string For, string By, DateTimeOffset At);

/// <summary>What an event source has carried out.</summary>
/// <param name="Version">The last request that was carried out, with all earlier ones.</param>
/// <param name="Enabled">Whether delivery was on after these requests.</param>
/// <param name="At">When the requests were carried out.</param>
/// <param name="MaximumRecordAge">
/// The age from which a record is stored as a dead letter instead of being delivered; null for no limit.
/// </param>
public sealed record ControlTaken(long Version, bool Enabled, DateTimeOffset At, TimeSpan? MaximumRecordAge);

/// <summary>A shard position that is to be replaced.</summary>
/// <param name="StreamArn">The stream.</param>
/// <param name="ShardId">Its shard.</param>
/// <param name="Version">The version of the request. It becomes the <see cref="ShardCheckpoint.Generation"/> of the new position.</param>
public sealed record ShardReset(string StreamArn, string ShardId, long Version)
{
    /// <summary>Delivery starts again with this record; null for the oldest record in the stream.</summary>
    public string? From { get; init; }

    /// <summary>
    /// Everything up to this record counts as done; null to deliver <see cref="From"/> and everything after it. A reset with this value
    /// never moves a shard back.
    /// </summary>
    public string? After { get; init; }
}
