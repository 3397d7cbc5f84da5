namespace NotifyQuery.EventSource.Rules;

/// <summary>How far a shard has been delivered.</summary>
/// <param name="SequenceNumber">Everything up to here is done; null when nothing is.</param>
/// <param name="Lanes">
/// How far each lane has come beyond that; empty when none has. Without it a restart would repeat what quick lanes did while a slow one
/// was held up.
/// </param>
/// <param name="Completed">The shard is closed and all of it is done.</param>
internal sealed record ShardCheckpoint(string? SequenceNumber, IReadOnlyList<string?> Lanes, bool Completed = false)
{
    public static readonly ShardCheckpoint Start = new(null, []);

    /// <summary>All of it in one text: it differs once anything more is done.</summary>
    public string Position => $"{SequenceNumber} {string.Join(' ', Lanes)}";
}
