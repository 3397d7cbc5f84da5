namespace NotifyQuery.EventSource.Rules;

/// <summary>A shard as the stream describes it.</summary>
/// <param name="Id">The shard.</param>
/// <param name="ParentId">The parent shard; null when there is none.</param>
/// <param name="IsClosed">Whether the shard receives no more records.</param>
internal sealed record ShardInfo(string Id, string? ParentId, bool IsClosed);

/// <summary>Which shards may be read: a child only when its parent was read to the end, or no longer exists.</summary>
internal static class ShardTree
{
    /// <summary>The shards that can be started now.</summary>
    /// <param name="shards">The shards of the stream.</param>
    /// <param name="isCompleted">Whether a shard is completely done.</param>
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
