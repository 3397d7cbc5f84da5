namespace NotifyQuery.Benchmarks.Admission;

/// <summary>
/// DynamoDB's limits for each partition of a table or an index (Amazon DynamoDB Developer Guide, "Designing partition keys" and "Burst and
/// adaptive capacity"). When DynamoDB splits a partition is not documented, and is an assumption here.
/// </summary>
/// <param name="WriteUnits">Write units per second and partition.</param>
/// <param name="ReadUnits">Read units per second and partition.</param>
/// <param name="BurstSeconds">For how many seconds unused units are saved.</param>
/// <param name="HeatSeconds">For how many seconds a partition must be hot before it is split.</param>
internal sealed record AdmissionLimits(
    double WriteUnits = 1000,
    double ReadUnits = 3000,
    double BurstSeconds = 300,
    double HeatSeconds = 60
)
{
    /// <summary>The share of a partition's limit from which the partition is hot.</summary>
    public const double Hot = 0.8;
}
