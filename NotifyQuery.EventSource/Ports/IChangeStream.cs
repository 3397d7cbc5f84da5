using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Ports;

/// <summary>
/// The stream of a table's changes. What is said to be a <see cref="StreamException"/> is part of the contract; any other error passes.
/// </summary>
internal interface IChangeStream
{
    /// <summary>The name of the table's present stream; null when there is no such table, or it has none.</summary>
    Task<string?> FindAsync(string tableName, CancellationToken cancellationToken);

    /// <summary>
    /// The stream that replaced another one of the table. That need not be the present one: each holds changes that are in no other. Null
    /// when the engine knows of none in between.
    /// </summary>
    Task<string?> FindNextAsync(string tableName, string streamArn, CancellationToken cancellationToken);

    /// <summary>The shards of a stream, parents and children, closed ones too.</summary>
    Task<IReadOnlyList<ShardInfo>> ListShardsAsync(string streamArn, CancellationToken cancellationToken);

    /// <summary>An iterator that stands at a position of a shard.</summary>
    Task<string> OpenAsync(string streamArn, string shardId, ShardPosition position, CancellationToken cancellationToken);

    /// <summary>Reads on from an iterator.</summary>
    Task<ShardPage> ReadAsync(string streamArn, string iterator, CancellationToken cancellationToken);
}

/// <summary>Where to begin in a shard.</summary>
/// <param name="Latest">After all that is there now.</param>
/// <param name="After">After this sequence number; null for the oldest record that is still there.</param>
/// <param name="At">With this sequence number.</param>
internal readonly record struct ShardPosition(bool Latest, string? After, string? At = null)
{
    /// <summary>After all that is there now.</summary>
    public static readonly ShardPosition AtLatest = new(true, null);

    /// <summary>With the oldest record that is still there.</summary>
    public static readonly ShardPosition TrimHorizon = new(false, null);

    /// <summary>After a record.</summary>
    public static ShardPosition AfterRecord(string sequenceNumber) => new(false, sequenceNumber);

    /// <summary>With a record.</summary>
    public static ShardPosition AtRecord(string sequenceNumber) => new(false, null, sequenceNumber);
}

/// <summary>What one read gave.</summary>
/// <param name="Records">The records, in order; possibly none, also when there are more.</param>
/// <param name="Next">The iterator to go on with; null when the shard is closed and has been read to its end.</param>
internal sealed record ShardPage(IReadOnlyList<ChangeRecord> Records, string? Next);

/// <summary>What a stream can refuse a read for.</summary>
internal enum StreamFault
{
    /// <summary>The iterator is too old (or not of this stream's life): open another.</summary>
    IteratorExpired,

    /// <summary>The records at this position are no longer kept.</summary>
    Trimmed,

    /// <summary>There is no such stream or shard (any more).</summary>
    Gone,
}

/// <summary>A stream refused a read for a reason that the reader must know.</summary>
/// <param name="fault">The reason.</param>
/// <param name="inner">The error of the engine.</param>
internal sealed class StreamException(StreamFault fault, Exception inner) : Exception(inner.Message, inner)
{
    /// <summary>The reason.</summary>
    public StreamFault Fault { get; } = fault;
}
