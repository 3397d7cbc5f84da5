using NotifyQuery.Operations.Measuring;

namespace NotifyQuery.Benchmarks.Report;

/// <summary>One figure of a scenario: what was measured, beside what it is compared with.</summary>
public sealed record ScenarioResult
{
    /// <summary>What the figure is, e.g. <c>p50, by user</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The unit of the samples.</summary>
    public required string Unit { get; init; }

    /// <summary>What is measured.</summary>
    public required Series Candidate { get; init; }

    /// <summary>What it is compared with, from the same run; null if it stands alone.</summary>
    public Series? Baseline { get; init; }

    /// <summary>What it should be; null for a figure that is only told.</summary>
    public Target? Target { get; init; }

    /// <summary>What a reader of the figure must know.</summary>
    public string? Note { get; init; }

    /// <summary>
    /// Candidate over baseline. Where both have a sample of each round it is the median of the rounds' own ratios: what slows a round
    /// slows both.
    /// </summary>
    public double? Ratio => Baseline is null || Baseline.Samples.Contains(0) ? null // there is no telling how many times nothing
        : IsPaired ? Percentile.Of(Candidate.Samples.Zip(Baseline.Samples, (candidate, baseline) => candidate / baseline), 0.5)
        : Candidate.Median / Baseline.Median;

    /// <summary>Candidate less baseline, in the same way.</summary>
    public double? Difference => Baseline is null ? null
        : IsPaired ? Percentile.Of(Candidate.Samples.Zip(Baseline.Samples, (candidate, baseline) => candidate - baseline), 0.5)
        : Candidate.Median - Baseline.Median;

    /// <summary>Whether the target is met.</summary>
    public Verdict Verdict => Target is not { } target ? Verdict.None : target.IsMetBy(Judged(target)) ? Verdict.Met : Verdict.Missed;

    private bool IsPaired => Baseline!.Samples.Count == Candidate.Samples.Count;

    private double Judged(Target target) => target.Of switch
    {
        Measure.Value => Candidate.Median,
        Measure.Ratio => Ratio ?? throw new InvalidOperationException($"'{Name}' has a target for its ratio, but no baseline"),
        _ => Difference ?? throw new InvalidOperationException($"'{Name}' has a target for its difference, but no baseline"),
    };
}
