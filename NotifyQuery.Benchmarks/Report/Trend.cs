namespace NotifyQuery.Benchmarks.Report;

/// <summary>The straight line through equally spaced samples (least squares), and how much it may rise by chance.</summary>
/// <param name="First">The line at the first sample.</param>
/// <param name="Last">The line at the last sample.</param>
/// <param name="Noise">
/// Twice the standard error of <see cref="Rise"/>: with no trend, the line rises by less in 39 of 40 runs.
/// </param>
internal sealed record Trend(double First, double Last, double Noise)
{
    private const int FewestSamples = 3;

    /// <summary>By how much the line rises from the first sample to the last.</summary>
    public double Rise => Last - First;

    /// <summary>
    /// Fits the line. Samples that follow one another are similar (a garbage collector's saw has many samples in one tooth), so they count
    /// as fewer: the standard error is corrected for the autocorrelation of the residuals.
    /// </summary>
    /// <param name="samples">At least three.</param>
    public static Trend Of(IReadOnlyList<double> samples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples.Count, FewestSamples, nameof(samples));
        var count = samples.Count;
        var (middle, mean) = ((count - 1) / 2.0, samples.Average());
        var spread = Enumerable.Range(0, count).Sum(x => (x - middle) * (x - middle));
        var slope = samples.Select((y, x) => (x - middle) * (y - mean)).Sum() / spread;
        var residuals = samples.Select((y, x) => y - mean - (slope * (x - middle))).ToList();
        var squares = residuals.Sum(it => it * it);
        var error = 0.0;
        if (squares > 0)
        {
            var similarity = Math.Clamp(residuals.Zip(residuals.Skip(1), (a, b) => a * b).Sum() / squares, 0, 1);
            var independent = Math.Max(FewestSamples, count * (1 - similarity) / (1 + similarity));
            error = Math.Sqrt(squares / (count - 2) / spread * count / independent);
        }

        var rise = slope * (count - 1);
        return new(mean - (rise / 2), mean + (rise / 2), 2 * error * (count - 1));
    }
}
