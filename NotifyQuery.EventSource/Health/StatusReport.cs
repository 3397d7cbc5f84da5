using System.Text.Json.Serialization;

namespace NotifyQuery.EventSource.Health;

/// <summary>The response of <c>/status</c>. All times are in seconds.</summary>
/// <param name="State">The <see cref="EventSourceState"/>, in snake case.</param>
/// <param name="SecondsInState">The time in this state.</param>
/// <param name="SecondsRestarting">For how long the event source has failed and restarted repeatedly; 0 when it works.</param>
/// <param name="SecondsUnlisted">For how long the stream's shards could not be listed; 0 when they can.</param>
/// <param name="StreamArn">The stream that is being delivered; null if there was none yet.</param>
/// <param name="RecordsDone">Records done since the start of the process.</param>
/// <param name="IteratorAgeSeconds">The age of the oldest record that is read and not done; 0 when there is none.</param>
/// <param name="LastError">The last error; null if records have been done since.</param>
/// <param name="Shards">The shards that are being delivered.</param>
/// <param name="Paused">Who paused delivery; null when it is not paused.</param>
internal sealed record StatusReport(
    string State,
    double SecondsInState,
    double SecondsRestarting,
    double SecondsUnlisted,
    string? StreamArn,
    long RecordsDone,
    double IteratorAgeSeconds,
    string? LastError,
    IReadOnlyList<ShardReport> Shards,
    PauseReport? Paused
)
{
    /// <summary>Stream records read since the start of the process.</summary>
    public long RecordsRead { get; init; }

    /// <summary>Invocations of the function that have ended since the start of the process.</summary>
    public long Invocations { get; init; }

    /// <summary>Invocations that did not complete all of their records.</summary>
    public long InvocationsFailed { get; init; }

    /// <summary>
    /// The time from the commit of the oldest record of the last finished batch to the end of the batch; null before the first.
    /// </summary>
    public double? LagSeconds { get; init; }

    /// <summary>Unresolved dead letters of today and yesterday, as last counted for <c>/health</c>; null when not known.</summary>
    public int? DeadLetters { get; init; }
}

/// <summary>Who paused delivery, and since when.</summary>
/// <param name="By">Who.</param>
/// <param name="Since">Since when.</param>
internal sealed record PauseReport(string By, DateTimeOffset Since);

/// <summary>A shard in the response of <c>/status</c>. All times are in seconds.</summary>
/// <param name="ShardId">The shard.</param>
/// <param name="Checkpoint">The sequence number up to which everything is done; null when nothing is done.</param>
/// <param name="Outstanding">The number of records that are read and not done.</param>
/// <param name="InvocationsInFlight">The number of invocations in progress.</param>
/// <param name="IteratorAgeSeconds">The age of the oldest record that is read and not done; 0 when there is none.</param>
/// <param name="SecondsSinceProgress">The time since a record was done.</param>
/// <param name="SecondsUnreadable">For how long the shard could not be read; 0 when it can.</param>
/// <param name="SecondsRestarting">For how long its consumer has failed and restarted repeatedly; 0 when it works.</param>
internal sealed record ShardReport(
    string ShardId,
    string? Checkpoint,
    int Outstanding,
    int InvocationsInFlight,
    double IteratorAgeSeconds,
    double SecondsSinceProgress,
    double SecondsUnreadable,
    double SecondsRestarting
);

/// <summary>The JSON serialization of <c>/status</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class StatusJson : JsonSerializerContext;
