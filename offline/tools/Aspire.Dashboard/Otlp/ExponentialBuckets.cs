using Aspire.Dashboard.Store;

namespace Aspire.Dashboard.Otlp;

/// <summary>Brings an exponential histogram into buckets with bounds: bucket i holds what is above base^i and at most base^(i+1).</summary>
internal static class ExponentialBuckets
{
    /// <summary>Eight buckets for each power of two, so at most 9 % wide; a finer scale only costs memory.</summary>
    private const int FinestScale = 3;

    private const int CoarsestScale = -10;

    public static Buckets? ToBuckets(int scale, ulong zeroCount, int positiveOffset, IReadOnlyList<ulong> positive, int negativeOffset,
        IReadOnlyList<ulong> negative, int limit, double? min, double? max)
    {
        if (scale is < CoarsestScale or > 20)
            return null;
        // No scale makes an index of a double greater than this one's.
        var most = 2_200L << Math.Max(0, scale);
        if (Math.Abs((long)positiveOffset) + positive.Count > most || Math.Abs((long)negativeOffset) + negative.Count > most)
            return null;
        for (var shift = Math.Max(0, scale - FinestScale); scale - shift >= CoarsestScale; shift++)
        {
            var up = Coarser(positiveOffset, positive, shift);
            var down = Coarser(negativeOffset, negative, shift);
            if (up.Count + down.Count + 3 <= limit)
                return Build(scale - shift, zeroCount, up, down, min, max);
        }

        return null;
    }

    private static SortedDictionary<long, double> Coarser(int offset, IReadOnlyList<ulong> counts, int shift)
    {
        var merged = new SortedDictionary<long, double>();
        for (var i = 0; i < counts.Count; i++)
        {
            if (counts[i] == 0)
                continue;
            var index = (offset + (long)i) >> shift;
            merged[index] = merged.GetValueOrDefault(index) + counts[i];
        }

        return merged;
    }

    private static Buckets Build(int scale, ulong zeroCount, SortedDictionary<long, double> up, SortedDictionary<long, double> down, double? min, double? max)
    {
        var bounds = new List<double>();
        var counts = new List<double>();
        foreach (var (index, count) in down.Reverse())
            Add(-Bound(scale, index + 1), -Bound(scale, index), count);
        if (zeroCount > 0)
            Add(0, 0, zeroCount);
        foreach (var (index, count) in up)
            Add(Bound(scale, index), Bound(scale, index + 1), count);
        return new([.. bounds], [.. counts, 0], min, max);

        // A gap between two buckets is an empty one.
        void Add(double low, double high, double count)
        {
            if (high <= (bounds.Count > 0 ? bounds[^1] : double.NegativeInfinity))
            {
                counts[^1] += count;
                return;
            }

            if (low < high && (bounds.Count == 0 || bounds[^1] < low))
            {
                bounds.Add(low);
                counts.Add(0);
            }

            bounds.Add(high);
            counts.Add(count);
        }
    }

    private static double Bound(int scale, long index) => Math.Clamp(Math.Pow(2, index * Math.Pow(2, -scale)), double.Epsilon, double.MaxValue);
}
