namespace NotifyQuery.DynamoDB.Streams;

/// <summary>How far a shard has been delivered.</summary>
/// <param name="SequenceNumber">Everything up to here is done; null when nothing is.</param>
/// <param name="Lanes">
/// How far each lane has come beyond that; empty when none has. Without it a restart would repeat what quick lanes did while a slow one
/// was held up.
/// </param>
/// <param name="Completed">The shard is closed and all of it is done.</param>
public sealed record ShardCheckpoint(string? SequenceNumber, IReadOnlyList<string?> Lanes, bool Completed = false)
{
    /// <summary>Nothing of the shard is done.</summary>
    public static readonly ShardCheckpoint Start = new(null, []);

    /// <summary>The record with which delivery begins while nothing is done; null for the oldest that the stream keeps.</summary>
    public string? From { get; init; }

    /// <summary>
    /// Which reset this position follows from: the <see cref="DeliveryControl.Version"/> of the request, 0 when there was none. A
    /// checkpoint of an earlier generation never replaces one of a later.
    /// </summary>
    public long Generation { get; init; }

    /// <summary>All of it in one text: it differs once anything more is done.</summary>
    public string Position => $"{SequenceNumber} {string.Join(' ', Lanes)}";
}
