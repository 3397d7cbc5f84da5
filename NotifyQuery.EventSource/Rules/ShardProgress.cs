using NotifyQuery.DynamoDB.Streams;

namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// The progress of a shard while its lanes run. Records are handed out in order, and lanes finish independently. The checkpoint is the last
/// record up to which every record is done. The reader and every lane call this class, hence the lock.
/// </summary>
internal sealed class ShardProgress
{
    private readonly Lock gate = new();
    private readonly Queue<Entry> outstanding = new();
    private readonly string?[] done;
    private Entry? last;
    private readonly ShardCheckpoint start;
    private string? checkpoint;
    private long version;

    /// <param name="lanes">The number of lanes of the shard.</param>
    /// <param name="start">The checkpoint to start from.</param>
    public ShardProgress(int lanes, ShardCheckpoint start)
    {
        this.start = start;
        checkpoint = start.SequenceNumber;
        done = new string?[lanes];

        // Progress by lane is only valid for the same number of lanes.
        if (start.Lanes.Count == lanes)
            start.Lanes.ToArray().CopyTo(done, 0);
    }

    /// <summary>Adds a record that was read. False if the record was done before a restart and must not be delivered again.</summary>
    public bool TryHandOut(ChangeRecord record, int lane)
    {
        lock (gate)
        {
            if (SequenceNumber.IsCovered(record.SequenceNumber, checkpoint))
                return false;
            Enqueue(new(record.SequenceNumber, lane, record.CreatedAt));
            var outstanding = !SequenceNumber.IsCovered(record.SequenceNumber, done[lane]);
            if (!outstanding)
                Advance();
            return outstanding;
        }
    }

    /// <summary>
    /// Adds a record that was read and is done without a lane. Consecutive records of this kind share one entry, so memory does not grow
    /// with their number while an earlier record is blocked.
    /// </summary>
    public void Skip(ChangeRecord record)
    {
        lock (gate)
        {
            if (SequenceNumber.IsCovered(record.SequenceNumber, checkpoint))
                return;
            if (outstanding.Count > 0 && this.last is { Lane: null } last)
                last.SequenceNumber = record.SequenceNumber;
            else
                Enqueue(new(record.SequenceNumber, null, record.CreatedAt));
            version++;
            Advance();
        }
    }

    /// <summary>Marks all records of a lane up to this sequence number as done.</summary>
    public void Finish(int lane, string sequenceNumber)
    {
        lock (gate)
        {
            done[lane] = sequenceNumber;
            version++;
            Advance();
        }
    }

    /// <summary>The current checkpoint.</summary>
    public ShardCheckpoint Checkpoint => Read(out _);

    /// <summary>The checkpoint, with a version that increases whenever records are done.</summary>
    public ShardCheckpoint Read(out long version)
    {
        lock (gate)
        {
            version = this.version;
            var ahead = Array.Exists(this.done, done => done is not null && !SequenceNumber.IsCovered(done, checkpoint));
            return start with { SequenceNumber = checkpoint, Lanes = ahead ? [.. this.done] : [], Completed = false };
        }
    }

    /// <summary>
    /// The number of records that were read and are not covered by the checkpoint. Filtered records in a row count as one.
    /// </summary>
    public int Outstanding
    {
        get
        {
            lock (gate)
                return outstanding.Count;
        }
    }

    /// <summary>When the oldest record that is not done was created; null when all records are done.</summary>
    public DateTimeOffset? OldestOutstanding
    {
        get
        {
            lock (gate)
                return outstanding.TryPeek(out var oldest) ? oldest.CreatedAt : null;
        }
    }

    private void Advance()
    {
        while (outstanding.TryPeek(out var oldest) && IsDone(oldest))
        {
            checkpoint = oldest.SequenceNumber;
            outstanding.Dequeue();
        }
    }

    private bool IsDone(Entry entry) => entry.Lane is not { } lane || SequenceNumber.IsCovered(entry.SequenceNumber, done[lane]);

    private void Enqueue(Entry entry)
    {
        outstanding.Enqueue(entry);
        last = entry;
    }

    /// <summary>A record that was read, or several consecutive records that need no lane.</summary>
    private sealed class Entry(string sequenceNumber, int? lane, DateTimeOffset createdAt)
    {
        /// <summary>The sequence number of the record, or of the last of several records.</summary>
        public string SequenceNumber { get; set; } = sequenceNumber;

        /// <summary>The lane of the record; null when it needs no lane.</summary>
        public int? Lane => lane;

        /// <summary>The commit time of the record, or of the first of several records.</summary>
        public DateTimeOffset CreatedAt => createdAt;
    }
}
