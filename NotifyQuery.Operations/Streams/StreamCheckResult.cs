namespace NotifyQuery.Operations.Streams;

/// <summary>One attribute of the marked record, as written and as received.</summary>
/// <param name="Name">The attribute of notification-records.</param>
/// <param name="Expected">The expected value; null if only its presence can be checked.</param>
/// <param name="Arrived">The value that arrived; null if it is missing.</param>
/// <param name="Agrees">Whether it is as expected.</param>
public sealed record FieldCheck(string Name, string? Expected, string? Arrived, bool Agrees);

/// <summary>One change of the marked record, and how long it took to become visible.</summary>
/// <param name="Name">The change and where it is checked, e.g. <c>insert</c>, <c>status change</c>, <c>move</c>, <c>removal</c>.</param>
/// <param name="Passed">Whether the change became visible in time, with the right values.</param>
/// <param name="Milliseconds">The time from the response of the write until the change is visible; null if it never is.</param>
/// <param name="Detail">What was seen, or what was not.</param>
public sealed record StreamCheckStep(string Name, bool Passed, double? Milliseconds, string Detail);

/// <summary>The result of a stream check.</summary>
/// <param name="Passed">Whether all steps passed.</param>
/// <param name="CommandRecords">Items of command-records before the check.</param>
/// <param name="NotificationRecords">Items of notification-records before the check, including tombstones.</param>
/// <param name="HowCounted">How the items of both tables were counted.</param>
/// <param name="TransactionId">The transaction id of the marked record.</param>
/// <param name="Fields">The attributes of the inserted record.</param>
/// <param name="Steps">The changes, in order. No change is made after a failed one.</param>
public sealed record StreamCheckResult(
    bool Passed,
    long CommandRecords,
    long NotificationRecords,
    string HowCounted,
    string TransactionId,
    IReadOnlyList<FieldCheck> Fields,
    IReadOnlyList<StreamCheckStep> Steps
)
{
    /// <summary>The result in a sentence.</summary>
    public string Summary() =>
        Passed
            ? $"All {Steps.Count} changes arrived and agree field by field."
            : string.Join("; ", Steps.Where(step => !step.Passed).Select(step => $"{step.Name}: {step.Detail}"));
}
