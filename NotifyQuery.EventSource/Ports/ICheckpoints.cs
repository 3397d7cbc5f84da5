using NotifyQuery.DynamoDB.Streams;

namespace NotifyQuery.EventSource.Ports;

/// <summary>
/// The durable memory: who delivers the changes of a table, which of its streams is being read, and how far each shard has come.
/// </summary>
internal interface ICheckpoints
{
    /// <summary>Takes the lease of a table if it is free, expired or the owner's already. Null when another owner holds it.</summary>
    Task<LeaseGrant?> AcquireAsync(LeaseClaim claim, CancellationToken cancellationToken);

    /// <summary>Extends a lease, and tells what operators have asked for since. Null when the owner no longer has it.</summary>
    Task<LeaseGrant?> RenewAsync(LeaseClaim claim, CancellationToken cancellationToken);

    /// <summary>Gives the lease back, if the owner still has it.</summary>
    Task ReleaseAsync(string tableName, string owner, CancellationToken cancellationToken);

    /// <summary>Notes which stream of the table is being read. False when the owner no longer has the lease.</summary>
    Task<bool> PointAsync(string tableName, string owner, StreamPointer stream, CancellationToken cancellationToken);

    /// <summary>
    /// Notes what was carried out. False when the owner no longer has the lease, or operators have asked for something else since.
    /// </summary>
    Task<bool> TakeAsync(string tableName, string owner, ControlTaken taken, CancellationToken cancellationToken);

    /// <summary>
    /// Replaces the position of a shard, once for each request. False when this request or a later one has replaced it already, or when
    /// the shard is further than the position that it would be moved on to.
    /// </summary>
    Task<bool> ResetAsync(ShardReset reset, CancellationToken cancellationToken);

    /// <summary>How far each shard of a stream has been delivered; a shard that nothing was noted of is missing.</summary>
    Task<IReadOnlyDictionary<string, ShardCheckpoint>> LoadAsync(string streamArn, CancellationToken cancellationToken);

    /// <summary>
    /// Moves a shard's checkpoint forward. False when the one that is kept is further, or of another generation: somebody else delivers
    /// this shard.
    /// </summary>
    Task<bool> SaveAsync(string streamArn, string shardId, ShardCheckpoint checkpoint, CancellationToken cancellationToken);

    /// <summary>Drops the checkpoint of a shard that the stream no longer has.</summary>
    Task ForgetAsync(string streamArn, string shardId, CancellationToken cancellationToken);
}

/// <summary>What an owner asks for.</summary>
/// <param name="TableName">The table whose changes are delivered.</param>
/// <param name="Owner">Who asks: unique to a process.</param>
/// <param name="Now">The present moment: a lease that ended before it is free.</param>
/// <param name="ExpiresAt">Until when the lease is to hold.</param>
internal sealed record LeaseClaim(string TableName, string Owner, DateTimeOffset Now, DateTimeOffset ExpiresAt);

/// <summary>A lease that was got, with what earlier owners noted.</summary>
/// <param name="Stream">The stream that is being read; null when none has been yet.</param>
/// <param name="Control">What operators have asked for.</param>
internal sealed record LeaseGrant(StreamPointer? Stream, DeliveryControl Control)
{
    /// <summary>What the item with the lease tells its new owner.</summary>
    public static LeaseGrant Of(DeliveryControl control) =>
        new(control.StreamArn is { } arn ? new StreamPointer(arn, control.StreamSince) : null, control);
}

/// <summary>The stream that is being read.</summary>
/// <param name="StreamArn">Its name.</param>
/// <param name="Since">Set when it is read from LATEST: records made before this moment are none of the function's business.</param>
internal sealed record StreamPointer(string StreamArn, DateTimeOffset? Since);
