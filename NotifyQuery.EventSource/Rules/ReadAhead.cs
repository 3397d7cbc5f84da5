namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// Limits the records that are read and not done to one full batch per lane plus one page. While fewer are held, reading goes on, so the
/// lanes cannot all wait for records while the reader waits for the lanes.
/// </summary>
/// <param name="records">The maximum number of records.</param>
/// <param name="bytes">The maximum size of their JSON, in bytes.</param>
internal sealed class ReadAhead(int records, long bytes)
{
    private readonly Lock gate = new();
    private int heldRecords;
    private long heldBytes;
    private TaskCompletionSource? waiting;

    /// <summary>The number of records held.</summary>
    public int Records
    {
        get
        {
            lock (gate)
                return heldRecords;
        }
    }

    /// <summary>Waits until another page may be read.</summary>
    public async Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task freed;
            lock (gate)
            {
                if (heldRecords < records && heldBytes < bytes)
                    return;
                waiting ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                freed = waiting.Task;
            }

            await freed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>A record was read.</summary>
    public void Take(ChangeRecord record)
    {
        lock (gate)
        {
            heldRecords++;
            heldBytes += record.Json.Length;
        }
    }

    /// <summary>Records are done.</summary>
    public void Return(IEnumerable<ChangeRecord> done)
    {
        TaskCompletionSource? waiting;
        lock (gate)
        {
            foreach (var record in done)
            {
                heldRecords--;
                heldBytes -= record.Json.Length;
            }

            (waiting, this.waiting) = (this.waiting, null);
        }

        waiting?.SetResult();
    }
}
