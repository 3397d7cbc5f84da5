namespace NotifyQuery.Operations.Streams;

/// <summary>One attribute of the marked record, as it was written and as it arrived.</summary>
/// <param name="Name">The attribute of notification-records.</param>
/// <param name="Expected">What it must be; null where only its presence can be told.</param>
/// <param name="Arrived">What it is; null where it is missing.</param>
/// <param name="Agrees">Whether it is as it must be.</param>
public sealed record FieldCheck(string Name, string? Expected, string? Arrived, bool Agrees);

/// <summary>One change of the marked record and how long it took to be seen.</summary>
/// <param name="Name">The change and where it is looked for, e.g. <c>insert</c>, <c>status change</c>, <c>move</c>, <c>removal</c>.</param>
/// <param name="Passed">Whether it was seen in time, and right.</param>
/// <param name="Milliseconds">From the answer to the write until it was seen; null if it was not seen.</param>
/// <param name="Detail">What was seen, or what was not.</param>
public sealed record StreamCheckStep(string Name, bool Passed, double? Milliseconds, string Detail);

/// <summary>What a stream check found.</summary>
/// <param name="Passed">Whether all steps passed.</param>
/// <param name="CommandRecords">Items of command-records before the check.</param>
/// <param name="NotificationRecords">Items of notification-records before the check, tombstones among them.</param>
/// <param name="HowCounted">How both were counted.</param>
/// <param name="TransactionId">The marked record.</param>
/// <param name="Fields">The attributes of the inserted record.</param>
/// <param name="Steps">The changes, in their order; those after a failed one are not made.</param>
public sealed record StreamCheckResult(
    bool Passed, long CommandRecords, long NotificationRecords, string HowCounted, string TransactionId,
    IReadOnlyList<FieldCheck> Fields, IReadOnlyList<StreamCheckStep> Steps)
{
    /// <summary>The result in a sentence.</summary>
    public string Summary() => Passed
        ? $"All {Steps.Count} changes arrived and agree field by field."
        : string.Join("; ", Steps.Where(step => !step.Passed).Select(step => $"{step.Name}: {step.Detail}"));
}
