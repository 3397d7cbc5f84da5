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

/// <summary>On which side of its bound a target is met.</summary>
public enum Side
{
    /// <summary>At or below it.</summary>
    AtMost,

    /// <summary>At or above it.</summary>
    AtLeast,
}

/// <summary>The target of a figure.</summary>
/// <param name="Of">What is compared with the bound.</param>
/// <param name="Side">The side on which it is met.</param>
/// <param name="Bound">The bound, in the figure's unit unless it is a ratio.</param>
public sealed record Target(Measure Of, Side Side, double Bound)
{
    /// <summary>Candidate divided by baseline, at most.</summary>
    public static Target RatioAtMost(double bound) => new(Measure.Ratio, Side.AtMost, bound);

    /// <summary>Candidate divided by baseline, at least.</summary>
    public static Target RatioAtLeast(double bound) => new(Measure.Ratio, Side.AtLeast, bound);

    /// <summary>Candidate minus baseline, at most.</summary>
    public static Target DifferenceAtMost(double bound) => new(Measure.Difference, Side.AtMost, bound);

    /// <summary>The candidate itself, at most.</summary>
    public static Target ValueAtMost(double bound) => new(Measure.Value, Side.AtMost, bound);

    /// <summary>Whether a value meets it.</summary>
    public bool IsMetBy(double value) => Side is Side.AtMost ? value <= Bound : value >= Bound;
}

/// <summary>The result for a target.</summary>
public enum Verdict
{
    /// <summary>The figure has none.</summary>
    None,

    /// <summary>It is met.</summary>
    Met,

    /// <summary>It is missed.</summary>
    Missed,
}
