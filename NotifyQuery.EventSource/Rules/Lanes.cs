namespace NotifyQuery.EventSource.Rules;

/// <summary>Which of a shard's concurrent lanes an item's changes take: always the same one, so that their order is kept.</summary>
internal static class Lanes
{
    /// <summary>
    /// The lane of an item. Checkpoints remember progress by lane, so the answer must not differ between processes
    /// (<see cref="string.GetHashCode()"/> does): FNV-1a, with a final mix because its low bits alone spread poorly.
    /// </summary>
    public static int Of(string itemKey, int lanes)
    {
        if (lanes == 1)
            return 0;
        var hash = 2166136261u;
        foreach (var character in itemKey)
            hash = (hash ^ character) * 16777619u;
        hash ^= hash >> 16;
        hash *= 0x85ebca6bu;
        hash ^= hash >> 13;
        return (int)(hash % (uint)lanes);
    }
}
