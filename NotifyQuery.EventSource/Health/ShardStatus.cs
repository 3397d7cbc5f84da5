using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Health;

/// <summary>The status of a shard that is being delivered.</summary>
/// <param name="shardId">The shard.</param>
/// <param name="progress">The progress of its consumer.</param>
/// <param name="time">The clock.</param>
/// <param name="before">The status of the previous consumer, if it failed.</param>
internal sealed class ShardStatus(string shardId, ShardProgress progress, TimeProvider time, ShardStatus? before)
{
    private readonly Restarts restarts = before?.restarts ?? new(time);
    private int inFlight;
    private long progressedAt = before is null ? time.GetUtcNow().UtcTicks : Volatile.Read(ref before.progressedAt);
    private long unreadableSince = before is null ? 0 : Volatile.Read(ref before.unreadableSince);

    /// <summary>The shard.</summary>
    public string ShardId => shardId;

    /// <summary>Whether records are read and not done.</summary>
    public bool IsWaiting => progress.Outstanding > 0;

    /// <summary>Whether the consumer has failed and nothing has been done since.</summary>
    public bool IsRestarting => restarts.Any;

    /// <summary>An invocation of the function started.</summary>
    public void InvocationStarted() => Interlocked.Increment(ref inFlight);

    /// <summary>An invocation of the function ended, with any result.</summary>
    public void InvocationEnded() => Interlocked.Decrement(ref inFlight);

    /// <summary>Records are done: the waiting time of the remaining records starts now.</summary>
    public void Finished()
    {
        restarts.Forget();
        Volatile.Write(ref progressedAt, time.GetUtcNow().UtcTicks);
    }

    /// <summary>
    /// A record is about to be handed out. If no record was waiting, the waiting time starts now. After a failure of the consumer, the
    /// waiting time continues.
    /// </summary>
    public void HandingOut()
    {
        if (!IsWaiting && !IsRestarting)
            Volatile.Write(ref progressedAt, time.GetUtcNow().UtcTicks);
    }

    /// <summary>The consumer failed, and another one starts from the checkpoint.</summary>
    public void Failed()
    {
        if (!IsWaiting && !IsRestarting)
            Volatile.Write(ref progressedAt, time.GetUtcNow().UtcTicks);
        restarts.Add();
    }

    /// <summary>The shard was read.</summary>
    public void Read() => Volatile.Write(ref unreadableSince, 0);

    /// <summary>The shard could not be read.</summary>
    public void ReadFailed() => Interlocked.CompareExchange(ref unreadableSince, time.GetUtcNow().UtcTicks, 0);

    /// <summary>The age of the oldest record that is not done; zero when all records are done.</summary>
    /// <param name="now">The current time. It may be earlier than the record's creation time if the clocks differ.</param>
    public TimeSpan Age(DateTimeOffset now) => progress.OldestOutstanding is { } oldest && now > oldest ? now - oldest : TimeSpan.Zero;

    /// <summary>The time since a record was done, or, if none was waiting, since a record arrived.</summary>
    /// <param name="now">The current time.</param>
    public TimeSpan SinceProgress(DateTimeOffset now) => new(now.UtcTicks - Volatile.Read(ref progressedAt));

    /// <summary>The shard in the response of <c>/status</c>.</summary>
    /// <param name="now">The current time.</param>
    public ShardReport Report(DateTimeOffset now) =>
        new(
            shardId,
            progress.Checkpoint.SequenceNumber,
            progress.Outstanding,
            Volatile.Read(ref inFlight),
            Age(now).TotalSeconds,
            SinceProgress(now).TotalSeconds,
            Volatile.Read(ref unreadableSince) is > 0 and var since ? (now.UtcTicks - since) / (double)TimeSpan.TicksPerSecond : 0,
            restarts.For(now).TotalSeconds
        );
}
