namespace NotifyQuery.Benchmarks.Admission;

/// <summary>A partition: the keys from <see cref="From"/> up to the next partition.</summary>
/// <param name="from">The lowest hash value of a key in this partition.</param>
/// <param name="limits">The limits of a partition.</param>
/// <param name="writes">The available write units at the start.</param>
/// <param name="reads">The available read units at the start.</param>
internal sealed class Partition(ulong from, AdmissionLimits limits, double writes, double reads)
{
    private const int Samples = 64;
    private const double Look = 1; // seconds between two checks whether the partition is hot

    private readonly ulong[] sampled = new ulong[Samples];
    private int samples;
    private double used;
    private double since;
    private double hotFor;

    /// <summary>The lowest hash value of a key in this partition.</summary>
    public ulong From { get; } = from;

    /// <summary>Available write units, including those saved from before.</summary>
    public double Writes { get; private set; } = writes;

    /// <summary>Available read units.</summary>
    public double Reads { get; private set; } = reads;

    /// <summary>Consumes write units.</summary>
    public void Write(ulong place, double units)
    {
        Writes -= units;
        used += units;
        sampled[samples++ % Samples] = place;
    }

    /// <summary>Records refused units. They heat a partition like admitted ones.</summary>
    public void Refuse(ulong place, double units)
    {
        used += units;
        sampled[samples++ % Samples] = place;
    }

    /// <summary>Consumes read units.</summary>
    public void Read(double units) => Reads -= units;

    /// <summary>
    /// Advances the time. Returns the hash value at which to split the partition, or null. A partition is split if it was hot for long
    /// enough and a split helps: half of the latest writes are on each side. A partition of a single key is not split: new items are always
    /// at the end of its time order, in the last part.
    /// </summary>
    public ulong? Advance(double seconds)
    {
        Writes = Math.Min(Writes + (limits.WriteUnits * seconds), limits.WriteUnits * (limits.BurstSeconds + seconds));
        Reads = Math.Min(Reads + (limits.ReadUnits * seconds), limits.ReadUnits * (limits.BurstSeconds + seconds));
        since += seconds;
        if (since < Look)
            return null;
        hotFor = used >= limits.WriteUnits * AdmissionLimits.Hot * since ? hotFor + since : 0;
        used = since = 0;
        if (hotFor < limits.HeatSeconds)
            return null;
        var places = sampled.AsSpan(0, Math.Min(samples, Samples)).ToArray();
        Array.Sort(places);
        var middle = places[places.Length / 2];
        if (middle == places[0])
            middle = places.FirstOrDefault(place => place > middle, places[0]);
        if (middle == places[0])
            return null;
        hotFor = 0;
        samples = 0;
        return middle;
    }
}
