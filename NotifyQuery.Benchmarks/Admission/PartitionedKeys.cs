using System.Runtime.InteropServices;

namespace NotifyQuery.Benchmarks.Admission;

/// <summary>A table or an index: partitions that divide the keys by their hash values.</summary>
internal sealed class PartitionedKeys
{
    private readonly AdmissionLimits limits;
    private readonly List<Partition> partitions = [];

    /// <summary>A warmed table or index.</summary>
    /// <param name="count">The number of partitions at the start.</param>
    /// <param name="limits">The limits of a partition.</param>
    public PartitionedKeys(int count, AdmissionLimits limits)
    {
        this.limits = limits;
        for (var i = 0; i < count; i++)
            partitions.Add(
                new(
                    (ulong)i * (ulong.MaxValue / (ulong)count),
                    limits,
                    limits.WriteUnits * limits.BurstSeconds,
                    limits.ReadUnits * limits.BurstSeconds
                )
            );
    }

    /// <summary>The number of partitions.</summary>
    public int Count => partitions.Count;

    /// <summary>The hash value of a key: FNV-1a over its characters, mixed. The engine's own hash is not known.</summary>
    public static ulong PlaceOf(string key)
    {
        var hash = 14695981039346656037UL;
        foreach (var character in MemoryMarshal.AsBytes(key.AsSpan()))
            hash = (hash ^ character) * 1099511628211UL;
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53UL;
        return hash ^ (hash >> 33);
    }

    /// <summary>The partition of a hash value.</summary>
    public Partition Of(ulong place)
    {
        var (low, high) = (0, partitions.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (partitions[middle].From <= place)
                low = middle;
            else
                high = middle - 1;
        }

        return partitions[low];
    }

    /// <summary>Advances the time: units are refilled, and hot partitions are split if that helps.</summary>
    public void Advance(double seconds)
    {
        for (var i = partitions.Count - 1; i >= 0; i--)
            if (partitions[i].Advance(seconds) is { } at)
                partitions.Insert(i + 1, new(at, limits, partitions[i].Writes / 2, partitions[i].Reads / 2));
    }
}
