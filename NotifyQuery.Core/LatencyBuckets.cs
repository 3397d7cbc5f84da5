namespace NotifyQuery.Core;

/// <summary>
/// The histogram buckets for request durations. Each process counts its requests in them, and readers of the counts compute percentiles.
/// There are 16 buckets for each doubling, from 0.1 ms, so a percentile is at most 4.5 % too high. Both sides must use the same buckets.
/// </summary>
public static class LatencyBuckets
{
    private const double FirstMilliseconds = 0.1;
    private const int PerDoubling = 16;

    /// <summary>The number of buckets. The last one holds all durations of more than about 100 seconds.</summary>
    public const int Count = 20 * PerDoubling + 1;

    /// <summary>The bucket of a duration.</summary>
    /// <param name="seconds">The duration in seconds.</param>
    public static int IndexOf(double seconds)
    {
        var doublings = Math.Log2(seconds * 1000 / FirstMilliseconds);
        return double.IsNaN(doublings) || doublings <= 0 ? 0 : (int)Math.Min(Count - 1, Math.Ceiling(doublings * PerDoubling));
    }

    /// <summary>The longest duration, in milliseconds, that falls into a bucket.</summary>
    public static double LongestMillisecondsOf(int index) => FirstMilliseconds * Math.Pow(2, index / (double)PerDoubling);

    /// <summary>The duration in milliseconds that the given share of requests does not exceed; null when there are none.</summary>
    /// <param name="buckets">How many durations fell into each bucket.</param>
    /// <param name="share">From 0 (the shortest) to 1 (the longest).</param>
    public static double? Percentile(IReadOnlyDictionary<int, long> buckets, double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * buckets.Values.Sum()));
        foreach (var (index, count) in buckets.OrderBy(bucket => bucket.Key))
        {
            rank -= count;
            if (rank <= 0)
                return LongestMillisecondsOf(index);
        }

        return null;
    }
}
