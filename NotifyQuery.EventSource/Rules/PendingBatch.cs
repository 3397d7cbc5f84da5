namespace NotifyQuery.EventSource.Rules;

/// <summary>Records of one lane, in order, to be sent to the function together.</summary>
/// <param name="Records">The records; never empty.</param>
/// <param name="Attempts">The number of failed invocations with exactly these records.</param>
internal sealed record PendingBatch(ArraySegment<ChangeRecord> Records, int Attempts = 0)
{
    /// <summary>The number of records.</summary>
    public int Count => Records.Count;
}
