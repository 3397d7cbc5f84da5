using NotifyQuery.Operations.Reconciliation;

namespace NotifyQuery.Operations.Erasing;

/// <summary>The progress of an erasure. The figures may be read while it runs.</summary>
public sealed class ErasureReport
{
    private long commands,
        letters,
        records;

    /// <summary>Commands that were removed.</summary>
    public long Commands => Interlocked.Read(ref commands);

    /// <summary>Dead letters that were removed.</summary>
    public long DeadLetters => Interlocked.Read(ref letters);

    /// <summary>Dead letters of other users' commands whose record held the user's former data. The record is removed.</summary>
    public long RecordsDropped => Interlocked.Read(ref records);

    /// <summary>The notifications that were still visible, and their repair.</summary>
    public ReconcileReport Shown { get; } = new();

    internal void AddCommand() => Interlocked.Increment(ref commands);

    internal void AddDeadLetter() => Interlocked.Increment(ref letters);

    internal void AddRecord() => Interlocked.Increment(ref records);
}
