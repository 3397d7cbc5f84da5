namespace Aspire.Dashboard.Store;

/// <summary>The latest log records, numbered as they came.</summary>
internal sealed class LogStore(Limits limits)
{
    private readonly Lock _gate = new();
    private readonly LogRecord?[] _ring = new LogRecord?[limits.Logs];
    private long _bytes;
    private long _first = 1;
    private long _last;

    public int Count => (int)(_last - _first + 1);

    public long Received => Interlocked.Read(ref _last);

    public long Dropped { get; private set; }

    public void Add(IReadOnlyList<LogRecord> records)
    {
        lock (_gate)
        {
            foreach (var record in records)
            {
                while (Count > 0 && (Count >= limits.Logs || _bytes + record.Size > limits.LogBytes))
                    RemoveOldest();
                record.Id = ++_last;
                _ring[record.Id % limits.Logs] = record;
                _bytes += record.Size;
            }
        }
    }

    public void CountDropped(int records)
    {
        lock (_gate)
            Dropped += records;
    }

    /// <summary>Newest first, from the one before the given id on.</summary>
    public List<LogRecord> Before(long? id, int limit, Func<LogRecord, bool> isWanted)
    {
        var found = new List<LogRecord>();
        var next = Math.Min(id ?? long.MaxValue, Interlocked.Read(ref _last) + 1) - 1;
        for (; found.Count < limit && Get(next) is { } record; next--)
        {
            if (isWanted(record))
                found.Add(record);
        }

        return found;
    }

    /// <summary>Oldest first, from the one after the given id on; then the id up to which was looked.</summary>
    public (List<LogRecord> Records, long UpTo) After(long id, int limit, Func<LogRecord, bool> isWanted)
    {
        var found = new List<LogRecord>();
        var last = Interlocked.Read(ref _last);
        // Who comes back late gets the newest.
        for (var next = Math.Max(id + 1, _first); next <= last; next++)
        {
            if (Get(next) is not { } record || !isWanted(record))
                continue;
            found.Add(record);
            if (found.Count == limit)
                return (found, next);
        }

        return (found, last);
    }

    private LogRecord? Get(long id)
    {
        lock (_gate)
            return id >= _first && id <= _last ? _ring[id % limits.Logs] : null;
    }

    private void RemoveOldest()
    {
        ref var slot = ref _ring[_first % limits.Logs];
        _bytes -= slot!.Size;
        slot = null;
        _first++;
    }
}
