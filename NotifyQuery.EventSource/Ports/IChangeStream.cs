using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Ports;

/// <summary>
/// The stream of a table's changes. A <see cref="StreamException"/> is part of the contract; any other error is transient.
/// </summary>
internal interface IChangeStream
{
    /// <summary>The ARN of the table's current stream; null when the table does not exist or has no stream.</summary>
    Task<string?> FindAsync(string tableName, CancellationToken cancellationToken);

    /// <summary>
    /// The stream that replaced another stream of the table. This is not always the current stream. No stream may be skipped, because each
    /// stream has changes that no other stream has. Null when the engine knows no later stream.
    /// </summary>
    Task<string?> FindNextAsync(string tableName, string streamArn, CancellationToken cancellationToken);

    /// <summary>The shards of a stream: parents, children and closed shards.</summary>
    Task<IReadOnlyList<ShardInfo>> ListShardsAsync(string streamArn, CancellationToken cancellationToken);

    /// <summary>Opens an iterator at a position of a shard.</summary>
    Task<string> OpenAsync(string streamArn, string shardId, ShardPosition position, CancellationToken cancellationToken);

    /// <summary>Reads the next page of an iterator.</summary>
    Task<ShardPage> ReadAsync(string streamArn, string iterator, CancellationToken cancellationToken);
}

/// <summary>A starting position in a shard.</summary>
/// <param name="Latest">After all existing records.</param>
/// <param name="After">After this sequence number; null for the oldest record in the shard.</param>
/// <param name="At">At this sequence number.</param>
internal readonly record struct ShardPosition(bool Latest, string? After, string? At = null)
{
    /// <summary>After all existing records.</summary>
    public static readonly ShardPosition AtLatest = new(true, null);

    /// <summary>At the oldest record in the shard.</summary>
    public static readonly ShardPosition TrimHorizon = new(false, null);

    /// <summary>After a record.</summary>
    public static ShardPosition AfterRecord(string sequenceNumber) => new(false, sequenceNumber);

    /// <summary>At a record.</summary>
    public static ShardPosition AtRecord(string sequenceNumber) => new(false, null, sequenceNumber);
}

/// <summary>The result of one read.</summary>
/// <param name="Records">The records, in order. May be empty even if there are more.</param>
/// <param name="Next">The iterator for the next read; null when the shard is closed and was read to its end.</param>
internal sealed record ShardPage(IReadOnlyList<ChangeRecord> Records, string? Next);

/// <summary>Why a stream can refuse a read.</summary>
internal enum StreamFault
{
    /// <summary>The iterator has expired, or is from before an engine restart: open a new one.</summary>
    IteratorExpired,

    /// <summary>The records at this position are no longer in the stream.</summary>
    Trimmed,

    /// <summary>The stream or shard does not exist (any more).</summary>
    Gone,
}

/// <summary>A stream refused a read for a reason that the reader must handle.</summary>
/// <param name="fault">The reason.</param>
/// <param name="inner">The error of the engine.</param>
internal sealed class StreamException(StreamFault fault, Exception inner) : Exception(inner.Message, inner)
{
    /// <summary>The reason.</summary>
    public StreamFault Fault { get; } = fault;
}
