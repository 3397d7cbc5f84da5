namespace NotifyQuery.EventSource.Rules;

/// <summary>Records of one lane, in order, that the function is to be given together.</summary>
/// <param name="Records">The records; never none.</param>
/// <param name="Attempts">How many invocations with exactly these records have failed.</param>
internal sealed record PendingBatch(ArraySegment<ChangeRecord> Records, int Attempts = 0)
{
    /// <summary>How many records it has.</summary>
    public int Count => Records.Count;
}
