namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// How much a reader may hold that the function has not taken: one full batch per lane and the page that fills it. When it is used up,
/// some lane has a full batch, so waiting here never waits for a batch that cannot fill.
/// </summary>
internal sealed class ReadAhead(int records, long bytes)
{
    private readonly Lock _lock = new();
    private int _records;
    private long _bytes;
    private TaskCompletionSource? _waiting;

    public int Records
    {
        get
        {
            lock (_lock) return _records;
        }
    }

    public async Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task freed;
            lock (_lock)
            {
                if (_records < records && _bytes < bytes) return;
                _waiting ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                freed = _waiting.Task;
            }

            await freed.WaitAsync(cancellationToken);
        }
    }

    public void Take(ChangeRecord record)
    {
        lock (_lock)
        {
            _records++;
            _bytes += record.Json.Length;
        }
    }

    public void Return(IEnumerable<ChangeRecord> done)
    {
        TaskCompletionSource? waiting;
        lock (_lock)
        {
            foreach (var record in done)
            {
                _records--;
                _bytes -= record.Json.Length;
            }

            (waiting, _waiting) = (_waiting, null);
        }

        waiting?.SetResult();
    }
}
