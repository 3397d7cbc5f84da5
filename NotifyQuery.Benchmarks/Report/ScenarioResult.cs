using NotifyQuery.Operations.Measuring;

namespace NotifyQuery.Benchmarks.Report;

/// <summary>One figure of a scenario: the measured value, and the value that it is compared with.</summary>
public sealed record ScenarioResult
{
    /// <summary>The name of the figure, e.g. <c>p50, by user</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The unit of the samples.</summary>
    public required string Unit { get; init; }

    /// <summary>The measured samples.</summary>
    public required Series Candidate { get; init; }

    /// <summary>The samples for comparison, from the same run; null for no comparison.</summary>
    public Series? Baseline { get; init; }

    /// <summary>The target; null for a figure without one.</summary>
    public Target? Target { get; init; }

    /// <summary>The figure during the run; null if it was measured only in rounds.</summary>
    public Timeline? OverTime { get; init; }

    /// <summary>A note for readers of the figure.</summary>
    public string? Note { get; init; }

    /// <summary>
    /// Candidate divided by baseline. If both have a sample for each round, this is the median of the ratios of the rounds: load that slows
    /// a round slows both.
    /// </summary>
    public double? Ratio =>
        Baseline is null || Baseline.Samples.Contains(0) ? null // a ratio to zero has no meaning
        : IsPaired ? Percentile.Of(Candidate.Samples.Zip(Baseline.Samples, (candidate, baseline) => candidate / baseline), 0.5)
        : Candidate.Median / Baseline.Median;

    /// <summary>Candidate minus baseline, as the median over the rounds if possible.</summary>
    public double? Difference =>
        Baseline is null ? null
        : IsPaired ? Percentile.Of(Candidate.Samples.Zip(Baseline.Samples, (candidate, baseline) => candidate - baseline), 0.5)
        : Candidate.Median - Baseline.Median;

    /// <summary>Whether the target is met.</summary>
    public Verdict Verdict =>
        Target is not { } target ? Verdict.None
        : target.IsMetBy(Judged(target)) ? Verdict.Met
        : Verdict.Missed;

    private bool IsPaired => Baseline!.Samples.Count == Candidate.Samples.Count;

    private double Judged(Target target) =>
        target.Of switch
        {
            Measure.Value => Candidate.Median,
            Measure.Ratio => Ratio ?? throw new InvalidOperationException($"'{Name}' has a target for its ratio, but no baseline"),
            _ => Difference ?? throw new InvalidOperationException($"'{Name}' has a target for its difference, but no baseline"),
        };
}
