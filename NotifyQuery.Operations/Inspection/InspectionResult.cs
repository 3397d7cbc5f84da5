namespace NotifyQuery.Operations.Inspection;

/// <summary>The parts of a system as they are now.</summary>
/// <param name="Tables">The tables.</param>
/// <param name="EventSource">The event source; null if none was checked (in an account it belongs to Lambda).</param>
/// <param name="Functions">The functions, as far as they can be checked from outside.</param>
/// <param name="Routes">The gateway's answers.</param>
/// <param name="DeadLetters">The unsettled dead letters, by cause.</param>
/// <param name="Problems">What is wrong, one sentence each.</param>
public sealed record InspectionResult(
    IReadOnlyList<TableInspection> Tables,
    EventSourceInspection? EventSource,
    IReadOnlyList<FunctionInspection> Functions,
    IReadOnlyList<RouteInspection> Routes,
    IReadOnlyList<DeadLetterInspection> DeadLetters,
    IReadOnlyList<string> Problems
);

/// <summary>A table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Status">The engine's name for it; <c>MISSING</c> if there is no such table.</param>
/// <param name="Keys">Its key, e.g. <c>user_id, created_at</c>.</param>
/// <param name="Items">How many items, as the engine counts them: exact locally, up to six hours old on AWS.</param>
/// <param name="Bytes">Their size in bytes, as the engine counts it.</param>
/// <param name="Stream">The stream's view type; null without a stream.</param>
/// <param name="Indexes">Its global secondary indexes.</param>
public sealed record TableInspection(
    string Name,
    string Status,
    string Keys,
    long Items,
    long Bytes,
    string? Stream,
    IReadOnlyList<IndexInspection> Indexes
);

/// <summary>A global secondary index.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Keys">Its key.</param>
/// <param name="Items">How many items, as the engine counts them.</param>
public sealed record IndexInspection(string Name, string Keys, long Items);

/// <summary>The event source.</summary>
/// <param name="State">E.g. <c>delivering</c> or <c>standby</c>.</param>
/// <param name="RecordsDone">Stream records that were delivered since it started.</param>
/// <param name="IteratorAgeSeconds">The age of the oldest record that is read and not done.</param>
/// <param name="LastError">The last error; null once records move again.</param>
/// <param name="Shards">The shards that are being delivered.</param>
public sealed record EventSourceInspection(
    string State,
    long RecordsDone,
    double IteratorAgeSeconds,
    string? LastError,
    IReadOnlyList<ShardInspection> Shards
);

/// <summary>A shard.</summary>
/// <param name="ShardId">Its id.</param>
/// <param name="Checkpoint">The sequence number up to which all records are done; null at the start.</param>
/// <param name="Outstanding">Records that are read and not done.</param>
/// <param name="InvocationsInFlight">Running invocations.</param>
public sealed record ShardInspection(string ShardId, string? Checkpoint, int Outstanding, int InvocationsInFlight);

/// <summary>A function, checked through what depends on it: no engine except AWS lists its functions.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State"><c>answers</c>, <c>does not answer</c> or <c>unknown</c>.</param>
/// <param name="Evidence">The evidence for the state.</param>
public sealed record FunctionInspection(string Name, string State, string Evidence);

/// <summary>A path of the gateway.</summary>
/// <param name="Route">Method and path.</param>
/// <param name="Status">The status of its answer; null for no answer.</param>
/// <param name="Milliseconds">How long that took.</param>
public sealed record RouteInspection(string Route, int? Status, double Milliseconds);

/// <summary>Dead letters of one kind.</summary>
/// <param name="Error">What is wrong.</param>
/// <param name="Letters">How many.</param>
/// <param name="Newest">The id of the newest.</param>
public sealed record DeadLetterInspection(string Error, int Letters, string Newest);
