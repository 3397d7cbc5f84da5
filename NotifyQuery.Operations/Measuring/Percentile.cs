namespace NotifyQuery.Operations.Measuring;

/// <summary>The definition of a percentile: always a sample, never an interpolated value.</summary>
public static class Percentile
{
    /// <summary>The sample that this share of all samples does not exceed.</summary>
    /// <param name="samples">The samples, in any order; at least one.</param>
    /// <param name="share">From 0 (the smallest) to 1 (the largest).</param>
    public static double Of(IEnumerable<double> samples, double share)
    {
        var sorted = samples.Order().ToArray();
        if (sorted.Length == 0)
            throw new ArgumentException("there are no samples", nameof(samples));
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        return sorted[Math.Max(1, (int)Math.Ceiling(share * sorted.Length)) - 1];
    }
}
