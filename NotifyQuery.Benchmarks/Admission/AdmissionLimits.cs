namespace NotifyQuery.Benchmarks.Admission;

/// <summary>
/// What DynamoDB admits, for each partition of a table or an index (Amazon DynamoDB Developer Guide, "Designing partition keys" and "Burst
/// and adaptive capacity"). It is not documented when DynamoDB splits a partition: that is an assumption.
/// </summary>
/// <param name="WriteUnits">Write units per second of a partition.</param>
/// <param name="ReadUnits">Read units per second of a partition.</param>
/// <param name="BurstSeconds">How long unused units are kept.</param>
/// <param name="HeatSeconds">How long a partition must be hot until it is split.</param>
internal sealed record AdmissionLimits(
    double WriteUnits = 1000,
    double ReadUnits = 3000,
    double BurstSeconds = 300,
    double HeatSeconds = 60
)
{
    /// <summary>The share of a partition's limit above which it is hot.</summary>
    public const double Hot = 0.8;
}
