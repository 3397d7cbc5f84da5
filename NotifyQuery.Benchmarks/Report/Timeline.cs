namespace NotifyQuery.Benchmarks.Report;

/// <summary>A figure during a run.</summary>
/// <param name="Unit">The unit of the points.</param>
/// <param name="SecondsPerPoint">The time between two points.</param>
/// <param name="Points">The points; at least one.</param>
public sealed record Timeline(string Unit, double SecondsPerPoint, IReadOnlyList<double> Points)
{
    private const int MostPoints = 60;

    /// <summary>Many samples as at most 60 points: each is the mean of as many samples.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="secondsPerSample">The time between two samples.</param>
    /// <param name="samples">The samples; at least one.</param>
    public static Timeline Of(string unit, double secondsPerSample, IReadOnlyList<double> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        var perPoint = Math.Max(1, (int)Math.Ceiling(samples.Count / (double)MostPoints));
        return new(unit, secondsPerSample * perPoint, [.. samples.Chunk(perPoint).Select(chunk => chunk.Average())]);
    }
}
