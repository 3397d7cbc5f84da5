namespace NotifyQuery.Operations.Reconciliation;

/// <summary>The kinds of disagreement between the two tables about one notification.</summary>
public enum Discrepancy
{
    /// <summary>The command can be projected, but its notification is not visible.</summary>
    Missing,

    /// <summary>The visible notification is not the command's current state.</summary>
    Stale,

    /// <summary>A visible notification has no command, or its command belongs under another key.</summary>
    Orphaned,

    /// <summary>The command's current state can never be projected. Not a disagreement, but there should be a dead letter.</summary>
    Failed,
}

/// <summary>The names of disagreements in reports.</summary>
public static class DiscrepancyNames
{
    /// <summary><c>missing</c>, <c>stale</c>, <c>orphaned</c> or <c>failed</c>.</summary>
    public static string ToName(this Discrepancy kind) =>
        kind switch
        {
            Discrepancy.Missing => "missing",
            Discrepancy.Stale => "stale",
            Discrepancy.Orphaned => "orphaned",
            Discrepancy.Failed => "failed",
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "is not a discrepancy"),
        };
}

/// <summary>One disagreement.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="TransactionId">The command's partition key.</param>
/// <param name="CreatedAt">The command's sort key.</param>
/// <param name="Detail">What is wrong, in one sentence without personal data.</param>
public sealed record Finding(Discrepancy Kind, string TransactionId, string CreatedAt, string Detail);

/// <summary>The result of a comparison of the two tables. The figures may be read while it runs.</summary>
public sealed class ReconcileReport
{
    /// <summary>How many findings of each kind are stored. The rest is only counted.</summary>
    public const int FindingsKept = 100;

    private readonly long[] counts = new long[Enum.GetValues<Discrepancy>().Length];
    private readonly List<Finding> findings = [];
    private long commands,
        notifications,
        repaired,
        changedMeanwhile;

    /// <summary>Compared commands, updated page by page.</summary>
    public long Commands => Interlocked.Read(ref commands);

    /// <summary>Compared visible notifications, updated page by page.</summary>
    public long Notifications => Interlocked.Read(ref notifications);

    /// <summary>Findings that were repaired.</summary>
    public long Repaired => Interlocked.Read(ref repaired);

    /// <summary>Findings that were not repaired, because the projection wrote a newer version at that moment.</summary>
    public long ChangedMeanwhile => Interlocked.Read(ref changedMeanwhile);

    /// <summary>Whether the tables agree now.</summary>
    public bool Agree => Count(Discrepancy.Missing) + Count(Discrepancy.Stale) + Count(Discrepancy.Orphaned) == Repaired + ChangedMeanwhile;

    /// <summary>The number of findings of a kind.</summary>
    public long Count(Discrepancy kind) => Interlocked.Read(ref counts[(int)kind]);

    /// <summary>The first findings of each kind.</summary>
    public IReadOnlyList<Finding> Findings
    {
        get
        {
            lock (findings)
                return [.. findings];
        }
    }

    /// <summary>The figures in a sentence.</summary>
    public string Summary() =>
        $"{Commands} commands and {Notifications} notifications compared: "
        + string.Join(", ", Enum.GetValues<Discrepancy>().Select(kind => $"{Count(kind)} {kind.ToName()}"))
        + (Repaired + ChangedMeanwhile > 0 ? $"; {Repaired} repaired, {ChangedMeanwhile} changed meanwhile" : "")
        + ".";

    internal void AddCommands(int number) => Interlocked.Add(ref commands, number);

    internal void AddNotifications(int number) => Interlocked.Add(ref notifications, number);

    internal void AddRepair(bool applied) => Interlocked.Increment(ref applied ? ref repaired : ref changedMeanwhile);

    internal void Add(Finding finding)
    {
        if (Interlocked.Increment(ref counts[(int)finding.Kind]) > FindingsKept)
            return;
        lock (findings)
            findings.Add(finding);
    }
}

/// <summary>The options of a comparison.</summary>
public sealed record ReconcileOptions
{
    /// <summary>Whether disagreements are repaired.</summary>
    public bool Repair { get; init; }

    /// <summary>Only this user's notifications; null for all.</summary>
    public string? UserId { get; init; }

    /// <summary>The number of segments of a parallel scan.</summary>
    public int Segments { get; init; } = 4;

    /// <summary>How long a disagreement must last to count, because a projection may be in progress.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(2);
}
