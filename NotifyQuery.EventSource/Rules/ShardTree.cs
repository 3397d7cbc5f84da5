namespace NotifyQuery.EventSource.Rules;

/// <summary>A shard as the stream describes it.</summary>
internal sealed record ShardInfo(string Id, string? ParentId, bool IsClosed);

/// <summary>Which shards may be read: a child only when its parent has been read to the end, or is no longer there to be read.</summary>
internal static class ShardTree
{
    public static IReadOnlyList<ShardInfo> Ready(IReadOnlyCollection<ShardInfo> shards, Predicate<string> isCompleted, Predicate<string> isRunning)
    {
        var present = shards.Select(shard => shard.Id).ToHashSet(StringComparer.Ordinal);
        return [.. shards.Where(shard => !isCompleted(shard.Id) && !isRunning(shard.Id) && ParentIsDone(shard))];

        bool ParentIsDone(ShardInfo shard) => shard.ParentId is not { } parent || !present.Contains(parent) || isCompleted(parent);
    }
}
