using NotifyQuery.Operations.Reconciliation;

namespace NotifyQuery.Operations.Erasing;

/// <summary>What an erasure removed; the figures may be read while it runs.</summary>
public sealed class ErasureReport
{
    private long commands,
        letters,
        records;

    /// <summary>Commands that were removed.</summary>
    public long Commands => Interlocked.Read(ref commands);

    /// <summary>Dead letters that were removed.</summary>
    public long DeadLetters => Interlocked.Read(ref letters);

    /// <summary>Dead letters of others' commands that held the user's former data, and no longer do.</summary>
    public long RecordsDropped => Interlocked.Read(ref records);

    /// <summary>What became of what was still shown.</summary>
    public ReconcileReport Shown { get; } = new();

    internal void AddCommand() => Interlocked.Increment(ref commands);

    internal void AddDeadLetter() => Interlocked.Increment(ref letters);

    internal void AddRecord() => Interlocked.Increment(ref records);
}
