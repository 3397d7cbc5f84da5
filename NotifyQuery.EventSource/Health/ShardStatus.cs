using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Health;

/// <summary>One shard that is being delivered.</summary>
/// <param name="shardId">The shard.</param>
/// <param name="progress">Where its consumer stands.</param>
/// <param name="time">The clock.</param>
/// <param name="before">The status of the consumer before this one, if that failed.</param>
internal sealed class ShardStatus(string shardId, ShardProgress progress, TimeProvider time, ShardStatus? before)
{
    private readonly Restarts restarts = before?.restarts ?? new(time);
    private int inFlight;
    private long progressedAt = before is null ? time.GetUtcNow().UtcTicks : Volatile.Read(ref before.progressedAt);
    private long unreadableSince = before is null ? 0 : Volatile.Read(ref before.unreadableSince);

    /// <summary>The shard.</summary>
    public string ShardId => shardId;

    /// <summary>Whether records are read that are not done.</summary>
    public bool IsWaiting => progress.Outstanding > 0;

    /// <summary>Whether the consumer has failed, and finished nothing since.</summary>
    public bool IsRestarting => restarts.Any;

    /// <summary>An invocation of the function begins.</summary>
    public void InvocationStarted() => Interlocked.Increment(ref inFlight);

    /// <summary>An invocation of the function has ended, however it did.</summary>
    public void InvocationEnded() => Interlocked.Decrement(ref inFlight);

    /// <summary>Records were finished: how long the others wait is counted from now.</summary>
    public void Finished()
    {
        restarts.Forget();
        Volatile.Write(ref progressedAt, time.GetUtcNow().UtcTicks);
    }

    /// <summary>
    /// A record is about to be handed out. The first after a quiet time waits from now; one that a consumer failed on, since then.
    /// </summary>
    public void HandingOut()
    {
        if (!IsWaiting && !IsRestarting)
            Volatile.Write(ref progressedAt, time.GetUtcNow().UtcTicks);
    }

    /// <summary>The consumer failed, and another begins from the checkpoint.</summary>
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

    /// <summary>The age of the oldest record that is not done; zero when all are.</summary>
    /// <param name="now">The present moment. A stamp is the start of a second: the clock may seem to be behind it.</param>
    public TimeSpan Age(DateTimeOffset now) => progress.OldestOutstanding is { } oldest && now > oldest ? now - oldest : TimeSpan.Zero;

    /// <summary>How long ago a record was finished; where none waited, how long ago one came.</summary>
    /// <param name="now">The present moment.</param>
    public TimeSpan SinceProgress(DateTimeOffset now) => new(now.UtcTicks - Volatile.Read(ref progressedAt));

    /// <summary>The shard in the answer of <c>/status</c>.</summary>
    /// <param name="now">The present moment.</param>
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
