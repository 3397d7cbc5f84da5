namespace NotifyQuery.Operations.Inspection;

/// <summary>The current state of all parts of a system.</summary>
/// <param name="Tables">The tables.</param>
/// <param name="EventSource">The event source; null if none was checked (in an account, Lambda owns it).</param>
/// <param name="Functions">The functions, as far as they can be checked from outside.</param>
/// <param name="Routes">The gateway's responses.</param>
/// <param name="DeadLetters">The unsettled dead letters, by cause.</param>
/// <param name="Problems">The problems, one sentence each.</param>
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
/// <param name="Status">The table status as the engine reports it; <c>MISSING</c> if the table does not exist.</param>
/// <param name="Keys">The key attributes, e.g. <c>user_id, created_at</c>.</param>
/// <param name="Items">The number of items as the engine reports it: exact locally, up to six hours old on AWS.</param>
/// <param name="Bytes">The size in bytes as the engine reports it.</param>
/// <param name="Stream">The view type of the stream; null without a stream.</param>
/// <param name="Indexes">The global secondary indexes.</param>
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
/// <param name="Keys">The key attributes.</param>
/// <param name="Items">The number of items as the engine reports it.</param>
public sealed record IndexInspection(string Name, string Keys, long Items);

/// <summary>The event source.</summary>
/// <param name="State">E.g. <c>delivering</c> or <c>standby</c>.</param>
/// <param name="RecordsDone">Stream records that were processed since the start of the event source.</param>
/// <param name="IteratorAgeSeconds">The age in seconds of the oldest record that is read but not processed.</param>
/// <param name="LastError">The last error; null once records are processed again.</param>
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
/// <param name="Checkpoint">The sequence number up to which all records are processed; null at the start.</param>
/// <param name="Outstanding">Records that are read but not processed.</param>
/// <param name="InvocationsInFlight">Running invocations.</param>
public sealed record ShardInspection(string ShardId, string? Checkpoint, int Outstanding, int InvocationsInFlight);

/// <summary>A function, checked through the parts that depend on it: only AWS can list its functions.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State"><c>answers</c>, <c>does not answer</c> or <c>unknown</c>.</param>
/// <param name="Evidence">The evidence for the state.</param>
public sealed record FunctionInspection(string Name, string State, string Evidence);

/// <summary>A path of the gateway.</summary>
/// <param name="Route">Method and path.</param>
/// <param name="Status">The status of the response; null for no response.</param>
/// <param name="Milliseconds">The duration of the request.</param>
public sealed record RouteInspection(string Route, int? Status, double Milliseconds);

/// <summary>Dead letters of one kind.</summary>
/// <param name="Error">The error.</param>
/// <param name="Letters">How many.</param>
/// <param name="Newest">The id of the newest.</param>
public sealed record DeadLetterInspection(string Error, int Letters, string Newest);
