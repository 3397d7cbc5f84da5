namespace NotifyQuery.EventSource.Rules;

/// <summary>A shard as the stream describes it.</summary>
/// <param name="Id">The shard.</param>
/// <param name="ParentId">The shard that it follows on; null when it is the first.</param>
/// <param name="IsClosed">Whether nothing is added to it any more.</param>
internal sealed record ShardInfo(string Id, string? ParentId, bool IsClosed);

/// <summary>Which shards may be read: a child only when its parent has been read to the end, or is no longer there to be read.</summary>
internal static class ShardTree
{
    /// <summary>The shards that may be begun now.</summary>
    /// <param name="shards">The shards that the stream has.</param>
    /// <param name="isCompleted">Whether all of a shard is done.</param>
    /// <param name="isRunning">Whether a shard is being delivered.</param>
    public static IReadOnlyList<ShardInfo> Ready(
        IReadOnlyCollection<ShardInfo> shards,
        Predicate<string> isCompleted,
        Predicate<string> isRunning
    )
    {
        var present = shards.Select(shard => shard.Id).ToHashSet(StringComparer.Ordinal);
        return [.. shards.Where(shard => !isCompleted(shard.Id) && !isRunning(shard.Id) && ParentIsDone(shard))];

        bool ParentIsDone(ShardInfo shard) => shard.ParentId is not { } parent || !present.Contains(parent) || isCompleted(parent);
    }
}
