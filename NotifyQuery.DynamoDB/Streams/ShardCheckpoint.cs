namespace NotifyQuery.DynamoDB.Streams;

/// <summary>How far a shard has been delivered.</summary>
/// <param name="SequenceNumber">Everything up to here is done; null when nothing is done.</param>
/// <param name="Lanes">
/// How far each lane is beyond <paramref name="SequenceNumber"/>; empty when no lane is. Without these positions, a restart would repeat
/// the work of fast lanes while a slow lane was blocked.
/// </param>
/// <param name="Completed">The shard is closed and completely done.</param>
public sealed record ShardCheckpoint(string? SequenceNumber, IReadOnlyList<string?> Lanes, bool Completed = false)
{
    /// <summary>Nothing of the shard is done.</summary>
    public static readonly ShardCheckpoint Start = new(null, []);

    /// <summary>While nothing is done, delivery starts with this record; null for the oldest record in the stream.</summary>
    public string? From { get; init; }

    /// <summary>
    /// The reset that this position is based on: the <see cref="DeliveryControl.Version"/> of the request, or 0 without a reset. A
    /// checkpoint of an earlier generation never replaces one of a later generation.
    /// </summary>
    public long Generation { get; init; }

    /// <summary>The whole position as one text. It changes whenever more is done.</summary>
    public string Position => $"{SequenceNumber} {string.Join(' ', Lanes)}";
}
