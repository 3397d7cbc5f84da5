namespace NotifyQuery.DynamoDB.Streams;

/// <summary>
/// What operators have asked of the event source of a table, and how much of that it has carried out. It stands in the same item as the
/// lease, so that whoever delivers learns of a request with the next extension of its lease.
/// </summary>
public sealed record DeliveryControl
{
    /// <summary>How many requests there were. Each one raises it by one, so that none is ever made over another unseen.</summary>
    public long Version { get; init; }

    /// <summary>Whether delivery is to be paused.</summary>
    public bool Paused { get; init; }

    /// <summary>The request that paused it; null when it is not paused.</summary>
    public ControlRequest? PausedBy { get; init; }

    /// <summary>The last request; null when there was none.</summary>
    public ControlRequest? Last { get; init; }

    /// <summary>The positions that are to be replaced, and are not yet.</summary>
    public IReadOnlyList<ShardReset> Resets { get; init; } = [];

    /// <summary>What the event source has carried out; null when none has run since requests are kept.</summary>
    public ControlTaken? Taken { get; init; }

    /// <summary>The event source that holds the lease; null when none does.</summary>
    public string? Owner { get; init; }

    /// <summary>Until when it holds the lease.</summary>
    public DateTimeOffset? OwnedUntil { get; init; }

    /// <summary>The stream that is being read; null when none has been yet.</summary>
    public string? StreamArn { get; init; }

    /// <summary>Set when that stream is read from LATEST: from which moment on.</summary>
    public DateTimeOffset? StreamSince { get; init; }

    /// <summary>Whether the event source has carried out everything that was asked for.</summary>
    public bool IsTaken => (Version == 0 || Taken?.Version == Version) && Resets.Count == 0;

    /// <summary>Whether an event source runs: one that was killed counts as running until its lease expires.</summary>
    /// <param name="now">The present moment.</param>
    public bool IsRunning(DateTimeOffset now) => Owner is not null && OwnedUntil >= now;

    /// <summary>
    /// Whether nothing is to be delivered: as operators have asked, or, when none has, as the event source was configured.
    /// </summary>
    public bool IsPaused => Version == 0 ? Taken is { Enabled: false } : Paused;
}

/// <summary>Who asked for what.</summary>
/// <param name="For"><c>pause</c>, <c>resume</c> or <c>reset</c>.</param>
/// <param name="By">Who asked.</param>
/// <param name="At">When.</param>
public sealed record ControlRequest(string For, string By, DateTimeOffset At);

/// <summary>What an event source has carried out.</summary>
/// <param name="Version">All requests up to this one.</param>
/// <param name="Enabled">Whether it delivers since then.</param>
/// <param name="At">Since when.</param>
/// <param name="MaximumRecordAge">The age at which it gives up a record instead of delivering it; null for none.</param>
public sealed record ControlTaken(long Version, bool Enabled, DateTimeOffset At, TimeSpan? MaximumRecordAge);

/// <summary>A position of a shard that is to be replaced.</summary>
/// <param name="StreamArn">The stream.</param>
/// <param name="ShardId">Its shard.</param>
/// <param name="Version">The request, which becomes the <see cref="ShardCheckpoint.Generation"/> of the new position.</param>
public sealed record ShardReset(string StreamArn, string ShardId, long Version)
{
    /// <summary>The record with which delivery begins again; null for the oldest that the stream keeps.</summary>
    public string? From { get; init; }

    /// <summary>
    /// The record up to which everything counts as done; null to deliver <see cref="From"/> and what follows. It never moves a shard back.
    /// </summary>
    public string? After { get; init; }
}
