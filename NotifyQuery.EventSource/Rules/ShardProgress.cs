using NotifyQuery.DynamoDB.Streams;

namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// Where a shard stands while its lanes run: records are handed out in order, lanes finish in their own time, and the checkpoint is
/// the end of the prefix in which nothing is missing. Called by the reader and by every lane, hence the lock.
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

    /// <param name="lanes">How many lanes the shard has.</param>
    /// <param name="start">Where an earlier delivery ended.</param>
    public ShardProgress(int lanes, ShardCheckpoint start)
    {
        this.start = start;
        checkpoint = start.SequenceNumber;
        done = new string?[lanes];

        // Progress by lane means something only to the same partitioning.
        if (start.Lanes.Count == lanes)
            start.Lanes.ToArray().CopyTo(done, 0);
    }

    /// <summary>
    /// Notes a record that was read. False when its lane had finished it before a restart: it must not be delivered again.
    /// </summary>
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
    /// Notes a record that was read and is done without any lane. Those that follow one another are one entry: however many there are
    /// behind a record that is held up, memory does not grow with them.
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

    /// <summary>Notes that a lane has finished everything it was handed up to this sequence number.</summary>
    public void Finish(int lane, string sequenceNumber)
    {
        lock (gate)
        {
            done[lane] = sequenceNumber;
            version++;
            Advance();
        }
    }

    /// <summary>The checkpoint as it is now.</summary>
    public ShardCheckpoint Checkpoint => Read(out _);

    /// <summary>The checkpoint, with a number that grows whenever a lane finishes something.</summary>
    public ShardCheckpoint Read(out long version)
    {
        lock (gate)
        {
            version = this.version;
            var ahead = Array.Exists(this.done, done => done is not null && !SequenceNumber.IsCovered(done, checkpoint));
            return start with { SequenceNumber = checkpoint, Lanes = ahead ? [.. this.done] : [], Completed = false };
        }
    }

    /// <summary>Records read and not yet behind the checkpoint.</summary>
    public int Outstanding
    {
        get
        {
            lock (gate)
                return outstanding.Count;
        }
    }

    /// <summary>When the oldest record that is not done was created; null when all that was read is done.</summary>
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

    /// <summary>A record that was read, or some that follow one another and need no lane.</summary>
    private sealed class Entry(string sequenceNumber, int? lane, DateTimeOffset createdAt)
    {
        /// <summary>The record, or the last of them.</summary>
        public string SequenceNumber { get; set; } = sequenceNumber;

        /// <summary>The lane that it waits for; null when it waits for none.</summary>
        public int? Lane => lane;

        /// <summary>When the first of them was committed.</summary>
        public DateTimeOffset CreatedAt => createdAt;
    }
}
