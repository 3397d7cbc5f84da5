namespace NotifyQuery.Benchmarks.Report;

/// <summary>The value that a target compares with its bound.</summary>
public enum Measure
{
    /// <summary>Candidate divided by baseline.</summary>
    Ratio,

    /// <summary>Candidate minus baseline.</summary>
    Difference,

    /// <summary>The candidate alone.</summary>
    Value,
}

/// <summary>The side of the bound on which a target is met.</summary>
public enum Side
{
    /// <summary>At or below the bound.</summary>
    AtMost,

    /// <summary>At or above the bound.</summary>
    AtLeast,
}

/// <summary>The target of a figure.</summary>
/// <param name="Of">The value that is compared with the bound.</param>
/// <param name="Side">The side on which the target is met.</param>
/// <param name="Bound">The bound: a ratio, or in the unit of the figure.</param>
public sealed record Target(Measure Of, Side Side, double Bound)
{
    /// <summary>A target for the ratio: at most the bound.</summary>
    public static Target RatioAtMost(double bound) => new(Measure.Ratio, Side.AtMost, bound);

    /// <summary>A target for the ratio: at least the bound.</summary>
    public static Target RatioAtLeast(double bound) => new(Measure.Ratio, Side.AtLeast, bound);

    /// <summary>A target for candidate minus baseline: at most the bound.</summary>
    public static Target DifferenceAtMost(double bound) => new(Measure.Difference, Side.AtMost, bound);

    /// <summary>A target for the candidate: at most the bound.</summary>
    public static Target ValueAtMost(double bound) => new(Measure.Value, Side.AtMost, bound);

    /// <summary>Whether a value meets the target.</summary>
    public bool IsMetBy(double value) => Side is Side.AtMost ? value <= Bound : value >= Bound;
}

/// <summary>The result for a target.</summary>
public enum Verdict
{
    /// <summary>The figure has no target.</summary>
    None,

    /// <summary>The target is met.</summary>
    Met,

    /// <summary>The target is missed.</summary>
    Missed,
}
