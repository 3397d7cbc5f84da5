using System.Collections.Concurrent;
using System.Text.Json;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Health;

/// <summary>The current state of the event source, for the health check, the gauges and <c>/status</c>.</summary>
/// <param name="time">The clock.</param>
internal sealed class EventSourceStatus(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, ShardStatus> shards = new(StringComparer.Ordinal);
    private readonly Restarts restarts = new(time);
    private long recordsRead;
    private long recordsDone;
    private long invocations;
    private long invocationsFailed;
    private long lag = -1;
    private long unlistedSince;
    private long stateSince = time.GetUtcNow().UtcTicks;
    private volatile string? lastError;
    private volatile EventSourceState state;
    private volatile PauseReport? paused;

    /// <summary>The state.</summary>
    public EventSourceState State
    {
        get => state;
        set
        {
            if (state == value)
                return;
            Volatile.Write(ref stateSince, time.GetUtcNow().UtcTicks);
            state = value;
        }
    }

    /// <summary>The stream that is being delivered; null if there was none yet.</summary>
    public string? StreamArn { get; set; }

    /// <summary>Who paused delivery, and since when; null when it is not paused.</summary>
    public PauseReport? Paused
    {
        get => paused;
        set => paused = value;
    }

    /// <summary>
    /// A consumer of a shard started. If the previous consumer failed, its status continues, because a restart is not progress.
    /// </summary>
    public ShardStatus Enter(string shardId, ShardProgress progress) =>
        shards.AddOrUpdate(shardId, id => new(id, progress, time, null), (id, before) => new(id, progress, time, before));

    /// <summary>A consumer of a shard ended. The status of a failed consumer remains for the next one.</summary>
    public void Leave(ShardStatus shard)
    {
        if (!shard.IsRestarting)
            shards.TryRemove(shard.ShardId, out _);
    }

    /// <summary>The delivery of all shards ended.</summary>
    public void LeaveAll()
    {
        shards.Clear();
        Listed();
    }

    /// <summary>The stream's shards were listed.</summary>
    public void Listed() => Volatile.Write(ref unlistedSince, 0);

    /// <summary>The stream's shards could not be listed: new shards are not delivered.</summary>
    public void ListFailed(string error)
    {
        Failed(error);
        Interlocked.CompareExchange(ref unlistedSince, time.GetUtcNow().UtcTicks, 0);
    }

    /// <summary>Something failed. The error is reported until records are done again.</summary>
    /// <param name="error">The error, without any content of the records.</param>
    public void Failed(string error) => lastError = error;

    /// <summary>The whole event source failed, and restarts from its checkpoints.</summary>
    public void Restarted(string error)
    {
        Failed(error);
        restarts.Add();
    }

    /// <summary>Records were read from the stream.</summary>
    /// <param name="records">The number of records.</param>
    public void Read(int records) => Interlocked.Add(ref recordsRead, records);

    /// <summary>An invocation of the function ended. It succeeded if all of its records are done.</summary>
    public void Invoked(bool succeeded)
    {
        Interlocked.Increment(ref invocations);
        if (!succeeded)
            Interlocked.Increment(ref invocationsFailed);
    }

    /// <summary>Records are done.</summary>
    /// <param name="shard">Their shard.</param>
    /// <param name="records">The number of records.</param>
    /// <param name="oldest">The commit time of the oldest one, from the stream.</param>
    public void Progressed(ShardStatus shard, int records, DateTimeOffset oldest)
    {
        Interlocked.Add(ref recordsDone, records);
        Volatile.Write(ref lag, Math.Max(0, (time.GetUtcNow() - oldest).Ticks));
        shard.Finished();
        restarts.Forget();
        lastError = null;
    }

    /// <summary>The age of the oldest record that is read and not done; zero when there is none.</summary>
    public TimeSpan IteratorAge
    {
        get
        {
            var now = time.GetUtcNow();
            return shards.Values.Select(shard => shard.Age(now)).DefaultIfEmpty(TimeSpan.Zero).Max();
        }
    }

    /// <summary>The longest time that a shard has had waiting records without finishing any; zero when none are waiting.</summary>
    public TimeSpan CheckpointAge
    {
        get
        {
            var now = time.GetUtcNow();
            return shards
                .Values.Where(shard => shard.IsWaiting)
                .Select(shard => shard.SinceProgress(now))
                .DefaultIfEmpty(TimeSpan.Zero)
                .Max();
        }
    }

    /// <summary>The current response of <c>/status</c>.</summary>
    public StatusReport Report()
    {
        var now = time.GetUtcNow();
        return new(
            JsonNamingPolicy.SnakeCaseLower.ConvertName(State.ToString()),
            (now.UtcTicks - Volatile.Read(ref stateSince)) / (double)TimeSpan.TicksPerSecond,
            restarts.For(now).TotalSeconds,
            Volatile.Read(ref unlistedSince) is > 0 and var since ? (now.UtcTicks - since) / (double)TimeSpan.TicksPerSecond : 0,
            StreamArn,
            Interlocked.Read(ref recordsDone),
            IteratorAge.TotalSeconds,
            lastError,
            [.. shards.Values.OrderBy(shard => shard.ShardId, StringComparer.Ordinal).Select(shard => shard.Report(now))],
            Paused
        )
        {
            RecordsRead = Interlocked.Read(ref recordsRead),
            Invocations = Interlocked.Read(ref invocations),
            InvocationsFailed = Interlocked.Read(ref invocationsFailed),
            LagSeconds = Volatile.Read(ref this.lag) is >= 0 and var lag ? lag / (double)TimeSpan.TicksPerSecond : null,
        };
    }
}
