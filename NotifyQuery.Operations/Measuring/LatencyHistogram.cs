using System.Numerics;

namespace NotifyQuery.Operations.Measuring;

/// <summary>
/// Counts durations in buckets whose width grows with the duration. The memory is constant for any number of requests, and a percentile is
/// at most 1/64 too high. Thread-safe for writing.
/// </summary>
public sealed class LatencyHistogram
{
    private const int Precision = 7; // 2^7 slots per doubling, of which the upper 2^6 are used: the rest belong to the smaller exponent
    private const int Exponents = 32; // up to 2^38 µs, more than three days

    private readonly long[] buckets = new long[(Exponents + 1) << Precision];

    /// <summary>The number of counted durations.</summary>
    public long Count => buckets.Sum();

    /// <summary>Counts a duration.</summary>
    public void Add(TimeSpan time) => Interlocked.Increment(ref buckets[IndexOf((long)Math.Max(0, time.TotalMicroseconds))]);

    /// <summary>The duration in milliseconds that this share of all durations does not exceed; null if there is none yet.</summary>
    /// <param name="share">From 0 (the shortest) to 1 (the longest).</param>
    public double? Percentile(double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        for (var i = 0; i < buckets.Length; i++)
        {
            rank -= Interlocked.Read(ref buckets[i]);
            if (rank <= 0)
                return LongestOf(i) / 1000.0;
        }

        return null;
    }

    private static int IndexOf(long microseconds)
    {
        var exponent = Math.Max(0, BitOperations.Log2((ulong)microseconds | 1) - Precision + 1);
        return exponent >= Exponents
            ? (Exponents << Precision) + (1 << Precision) - 1
            : (exponent << Precision) + (int)(microseconds >> exponent);
    }

    /// <summary>The longest duration of a bucket, in microseconds.</summary>
    private static long LongestOf(int index)
    {
        // The lower half of each doubling except the first is empty: those durations have the smaller exponent.
        var exponent = index >> Precision;
        return (((long)(index & ((1 << Precision) - 1)) + 1) << exponent) - 1;
    }
}
