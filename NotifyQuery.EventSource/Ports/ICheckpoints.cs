using NotifyQuery.DynamoDB.Streams;

namespace NotifyQuery.EventSource.Ports;

/// <summary>
/// The durable state: who delivers the changes of a table, which of its streams is being read, and how far each shard has been delivered.
/// </summary>
internal interface ICheckpoints
{
    /// <summary>Acquires the lease of a table if it is free, expired or already the owner's. Null when another owner has it.</summary>
    Task<LeaseGrant?> AcquireAsync(LeaseClaim claim, CancellationToken cancellationToken);

    /// <summary>Renews a lease, and returns the current requests of operators. Null when the owner no longer has the lease.</summary>
    Task<LeaseGrant?> RenewAsync(LeaseClaim claim, CancellationToken cancellationToken);

    /// <summary>Releases the lease, if the owner still has it.</summary>
    Task ReleaseAsync(string tableName, string owner, CancellationToken cancellationToken);

    /// <summary>Stores which stream of the table is being read. False when the owner no longer has the lease.</summary>
    Task<bool> PointAsync(string tableName, string owner, StreamPointer stream, CancellationToken cancellationToken);

    /// <summary>
    /// Stores which requests were carried out. False when the owner no longer has the lease, or operators have made another request since.
    /// </summary>
    Task<bool> TakeAsync(string tableName, string owner, ControlTaken taken, CancellationToken cancellationToken);

    /// <summary>
    /// Resets the position of a shard, once for each request. False when this request or a later one has already reset the position, or
    /// when the shard is already past the new position.
    /// </summary>
    Task<bool> ResetAsync(ShardReset reset, CancellationToken cancellationToken);

    /// <summary>How far each shard of a stream has been delivered. Shards without a checkpoint are left out.</summary>
    Task<IReadOnlyDictionary<string, ShardCheckpoint>> LoadAsync(string streamArn, CancellationToken cancellationToken);

    /// <summary>
    /// Moves a shard's checkpoint forward. False when the stored checkpoint is further, or of another generation: another owner delivers
    /// this shard.
    /// </summary>
    Task<bool> SaveAsync(string streamArn, string shardId, ShardCheckpoint checkpoint, CancellationToken cancellationToken);

    /// <summary>Deletes the checkpoint of a shard that the stream no longer has.</summary>
    Task ForgetAsync(string streamArn, string shardId, CancellationToken cancellationToken);
}

/// <summary>A request for a lease.</summary>
/// <param name="TableName">The table with the delivered changes.</param>
/// <param name="Owner">The owner: unique to a process.</param>
/// <param name="Now">The current time: a lease that expired before it is free.</param>
/// <param name="ExpiresAt">When the lease will expire.</param>
internal sealed record LeaseClaim(string TableName, string Owner, DateTimeOffset Now, DateTimeOffset ExpiresAt);

/// <summary>An acquired lease, with what earlier owners stored.</summary>
/// <param name="Stream">The stream that is being read; null when none was read yet.</param>
/// <param name="Control">The requests of operators.</param>
internal sealed record LeaseGrant(StreamPointer? Stream, DeliveryControl Control)
{
    /// <summary>The grant from the item with the lease.</summary>
    public static LeaseGrant Of(DeliveryControl control) =>
        new(control.StreamArn is { } arn ? new StreamPointer(arn, control.StreamSince) : null, control);
}

/// <summary>The stream that is being read.</summary>
/// <param name="StreamArn">The ARN of the stream.</param>
/// <param name="Since">Set when the stream is read from LATEST: records from before this time are not delivered.</param>
internal sealed record StreamPointer(string StreamArn, DateTimeOffset? Since);
