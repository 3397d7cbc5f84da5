using NotifyQuery.DynamoDB.Streams;

namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// Where a shard stands while its lanes run: records are handed out in order, lanes finish in their own time, and the checkpoint is
/// the end of the prefix in which nothing is missing. Called by the reader and by every lane, hence the lock.
/// </summary>
internal sealed class ShardProgress
{
    private readonly Lock _lock = new();
    private readonly Queue<Entry> _outstanding = new();
    private readonly string?[] _done;
    private Entry? _last;
    private readonly ShardCheckpoint _start;
    private string? _checkpoint;
    private long _version;

    public ShardProgress(int lanes, ShardCheckpoint start)
    {
        _start = start;
        _checkpoint = start.SequenceNumber;
        _done = new string?[lanes];

        // Progress by lane means something only to the same partitioning.
        if (start.Lanes.Count == lanes) start.Lanes.ToArray().CopyTo(_done, 0);
    }

    /// <summary>Notes a record that was read. False when its lane had finished it before a restart: it must not be delivered again.</summary>
    public bool TryHandOut(ChangeRecord record, int lane)
    {
        lock (_lock)
        {
            if (SequenceNumber.IsCovered(record.SequenceNumber, _checkpoint)) return false;
            Enqueue(new(record.SequenceNumber, lane, record.CreatedAt));
            var outstanding = !SequenceNumber.IsCovered(record.SequenceNumber, _done[lane]);
            if (!outstanding) Advance();
            return outstanding;
        }
    }

    /// <summary>
    /// Notes a record that was read and is done without any lane. Those that follow one another are one entry: however many there are
    /// behind a record that is held up, memory does not grow with them.
    /// </summary>
    public void Skip(ChangeRecord record)
    {
        lock (_lock)
        {
            if (SequenceNumber.IsCovered(record.SequenceNumber, _checkpoint)) return;
            if (_outstanding.Count > 0 && _last is { Lane: null } last) last.SequenceNumber = record.SequenceNumber;
            else Enqueue(new(record.SequenceNumber, null, record.CreatedAt));
            _version++;
            Advance();
        }
    }

    /// <summary>Notes that a lane has finished everything it was handed up to this sequence number.</summary>
    public void Finish(int lane, string sequenceNumber)
    {
        lock (_lock)
        {
            _done[lane] = sequenceNumber;
            _version++;
            Advance();
        }
    }

    public ShardCheckpoint Checkpoint => Read(out _);

    /// <summary>The checkpoint, with a number that grows whenever a lane finishes something.</summary>
    public ShardCheckpoint Read(out long version)
    {
        lock (_lock)
        {
            version = _version;
            var ahead = Array.Exists(_done, done => done is not null && !SequenceNumber.IsCovered(done, _checkpoint));
            return _start with { SequenceNumber = _checkpoint, Lanes = ahead ? [.. _done] : [], Completed = false };
        }
    }

    /// <summary>Records read and not yet behind the checkpoint.</summary>
    public int Outstanding
    {
        get
        {
            lock (_lock) return _outstanding.Count;
        }
    }

    /// <summary>When the oldest record that is not done was created; null when all that was read is done.</summary>
    public DateTimeOffset? OldestOutstanding
    {
        get
        {
            lock (_lock) return _outstanding.TryPeek(out var oldest) ? oldest.CreatedAt : null;
        }
    }

    private void Advance()
    {
        while (_outstanding.TryPeek(out var oldest) && IsDone(oldest))
        {
            _checkpoint = oldest.SequenceNumber;
            _outstanding.Dequeue();
        }
    }

    private bool IsDone(Entry entry) => entry.Lane is not { } lane || SequenceNumber.IsCovered(entry.SequenceNumber, _done[lane]);

    private void Enqueue(Entry entry)
    {
        _outstanding.Enqueue(entry);
        _last = entry;
    }

    /// <summary>A record that was read, or some that follow one another and need no lane.</summary>
    private sealed class Entry(string sequenceNumber, int? lane, DateTimeOffset createdAt)
    {
        public string SequenceNumber { get; set; } = sequenceNumber;

        public int? Lane => lane;

        public DateTimeOffset CreatedAt => createdAt;
    }
}
