namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// Assigns the changes of an item to one of a shard's concurrent lanes: always to the same lane, so that they stay in order.
/// </summary>
internal static class Lanes
{
    /// <summary>
    /// The lane of an item. Checkpoints store progress by lane, so the result must be the same in every process, unlike
    /// <see cref="string.GetHashCode()"/>. Uses FNV-1a, with a final mix because its low bits alone are poorly distributed.
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
