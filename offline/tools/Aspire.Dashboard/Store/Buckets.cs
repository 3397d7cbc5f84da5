namespace Aspire.Dashboard.Store;

/// <summary>
/// A histogram's counts: <c>Counts[i]</c> values are at most <c>Bounds[i]</c> and above the bound before; the last count has no upper
/// bound. Exponential histograms are brought into this form, too: their bounds are exact, so that two of them compare bound by bound.
/// </summary>
internal sealed class Buckets(double[] bounds, double[] counts, double? min = null, double? max = null)
{
    public double[] Bounds => bounds;

    public double[] Counts => counts;

    public double? Min => min;

    public double? Max => max;

    public double Count { get; } = counts.Sum();

    public int Bytes => (bounds.Length + counts.Length) * sizeof(double);

    /// <summary>What has come since the earlier state of the same histogram.</summary>
    public Buckets Since(Buckets earlier)
    {
        var change = new double[counts.Length];
        if (ReferenceEquals(bounds, earlier.Bounds) || bounds.AsSpan().SequenceEqual(earlier.Bounds))
        {
            for (var i = 0; i < change.Length; i++)
                change[i] = Math.Max(0, counts[i] - earlier.Counts[i]);
            return new(bounds, change, min, max);
        }

        double now = 0, lower = 0;
        for (var i = 0; i < change.Length; i++)
        {
            now += counts[i];
            var upTo = now - (i < bounds.Length ? earlier.UpTo(bounds[i]) : earlier.Count);
            change[i] = Math.Max(0, upTo - lower);
            lower = Math.Max(lower, upTo);
        }

        return new(bounds, change, min, max);
    }

    /// <summary>Both together, on the bounds of either.</summary>
    public Buckets Plus(Buckets other)
    {
        if (bounds.AsSpan().SequenceEqual(other.Bounds))
            return new(bounds, [.. counts.Zip(other.Counts, (one, two) => one + two)], Least(min, other.Min), Greatest(max, other.Max));
        double[] all = [.. bounds.Concat(other.Bounds).Distinct().Order()];
        var sums = new double[all.Length + 1];
        double before = 0;
        for (var i = 0; i < sums.Length; i++)
        {
            var upTo = i < all.Length ? UpTo(all[i]) + other.UpTo(all[i]) : Count + other.Count;
            sums[i] = upTo - before;
            before = upTo;
        }

        return new(all, sums, Least(min, other.Min), Greatest(max, other.Max));
    }

    public Buckets Times(double factor) => new(bounds, [.. counts.Select(count => count * factor)], min, max);

    /// <summary>The value below which the given part of all lies, assumed to be spread evenly within a bucket; null when there is none.</summary>
    public double? Percentile(double part)
    {
        if (Count <= 0)
            return null;
        var wanted = part * Count;
        double below = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] <= 0 || below + counts[i] < wanted && i < counts.Length - 1)
            {
                below += counts[i];
                continue;
            }

            var (low, high) = Edges(i);
            return low + (high - low) * Math.Clamp((wanted - below) / counts[i], 0, 1);
        }

        return Highest;
    }

    /// <summary>The greatest value, as far as the buckets tell.</summary>
    public double? Highest
    {
        get
        {
            var last = Array.FindLastIndex(counts, count => count > 0);
            return last < 0 ? null : Edges(last).High;
        }
    }

    private (double Low, double High) Edges(int bucket)
    {
        if (bounds.Length == 0)
            return (min ?? 0, max ?? min ?? 0);
        // The first bucket has no lower bound and the last no upper one: the extremes help, where they were sent and fit.
        var low = bucket > 0 ? bounds[bucket - 1] : min is { } least && least <= bounds[0] ? least : Math.Min(0, bounds[0]);
        var high = bucket < bounds.Length ? bounds[bucket] : max is { } greatest && greatest >= bounds[^1] ? greatest : bounds[^1];
        if (max is { } most && most >= low && most < high)
            high = most;
        return (low, high);
    }

    private double UpTo(double bound)
    {
        double sum = 0;
        for (var i = 0; i < bounds.Length && bounds[i] <= bound; i++)
            sum += counts[i];
        return sum;
    }

    private static double? Least(double? one, double? other) => one is null ? other : other is null ? one : Math.Min(one.Value, other.Value);

    private static double? Greatest(double? one, double? other) => one is null ? other : other is null ? one : Math.Max(one.Value, other.Value);
}
