using System.Text.Json.Serialization;

namespace NotifyQuery.EventSource.Health;

/// <summary>The answer of <c>/status</c>. All times are in seconds.</summary>
/// <param name="State">The <see cref="EventSourceState"/>, in snake case.</param>
/// <param name="SecondsInState">Since when it is in this state.</param>
/// <param name="SecondsRestarting">For how long the event source fails and begins again; 0 when it works.</param>
/// <param name="SecondsUnlisted">For how long the stream has not told its shards; 0 when it does.</param>
/// <param name="StreamArn">The stream that is being delivered; null while none has been yet.</param>
/// <param name="RecordsDone">Records finished since the start of the process.</param>
/// <param name="IteratorAgeSeconds">The age of the oldest record that is read and not done; 0 when there is none.</param>
/// <param name="LastError">What failed last; null when records were finished since.</param>
/// <param name="Shards">The shards that are being delivered.</param>
/// <param name="Paused">Who has paused it; null when it is not paused.</param>
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

    /// <summary>Invocations of the function that have ended since then.</summary>
    public long Invocations { get; init; }

    /// <summary>Those of them that were not done with all of their records.</summary>
    public long InvocationsFailed { get; init; }

    /// <summary>From the commit of the oldest record of the batch that was finished last until its end; null before the first.</summary>
    public double? LagSeconds { get; init; }

    /// <summary>
    /// Dead letters of today and yesterday that are not settled, as last counted for <c>/health</c>; null when that is not known.
    /// </summary>
    public int? DeadLetters { get; init; }
}

/// <summary>Who has paused delivery, and since when.</summary>
/// <param name="By">Who.</param>
/// <param name="Since">Since when.</param>
internal sealed record PauseReport(string By, DateTimeOffset Since);

/// <summary>A shard in the answer of <c>/status</c>. All times are in seconds.</summary>
/// <param name="ShardId">The shard.</param>
/// <param name="Checkpoint">The sequence number up to which all is done; null when nothing is.</param>
/// <param name="Outstanding">How many records are read and not done.</param>
/// <param name="InvocationsInFlight">How many invocations are under way.</param>
/// <param name="IteratorAgeSeconds">The age of the oldest record that is read and not done; 0 when there is none.</param>
/// <param name="SecondsSinceProgress">Since a record was finished.</param>
/// <param name="SecondsUnreadable">For how long it could not be read; 0 when it can.</param>
/// <param name="SecondsRestarting">For how long its consumer fails and begins again; 0 when it works.</param>
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

/// <summary>The JSON of <c>/status</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class StatusJson : JsonSerializerContext;
