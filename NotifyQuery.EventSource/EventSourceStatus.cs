using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource;

internal enum EventSourceState
{
    Starting,
    WaitingForStream,
    Standby,
    Delivering,

    /// <summary>No batch is begun any more; those under way are being finished.</summary>
    Pausing,

    /// <summary>Nothing is delivered, as operators have asked or the configuration says.</summary>
    Paused,
    Stopped,
}

/// <summary>What the event source is doing now, for the health check, the gauge and whoever asks <c>/status</c>.</summary>
internal sealed class EventSourceStatus(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, ShardStatus> _shards = new(StringComparer.Ordinal);
    private readonly Restarts _restarts = new(time);
    private long _recordsRead;
    private long _recordsDone;
    private long _invocations;
    private long _invocationsFailed;
    private long _lag = -1;
    private long _unlistedSince;
    private long _stateSince = time.GetUtcNow().UtcTicks;
    private volatile string? _lastError;
    private volatile EventSourceState _state;
    private volatile PauseReport? _paused;

    public EventSourceState State
    {
        get => _state;
        set
        {
            if (_state == value) return;
            Volatile.Write(ref _stateSince, time.GetUtcNow().UtcTicks);
            _state = value;
        }
    }

    public string? StreamArn { get; set; }

    /// <summary>Who has paused it, and since when; null when it is not paused.</summary>
    public PauseReport? Paused
    {
        get => _paused;
        set => _paused = value;
    }

    /// <summary>A consumer of a shard begins. What the one before it could not do is remembered: a restart is no progress.</summary>
    public ShardStatus Enter(string shardId, ShardProgress progress) =>
        _shards.AddOrUpdate(shardId, id => new(id, progress, time, null), (id, before) => new(id, progress, time, before));

    /// <summary>A consumer of a shard ended. One that failed leaves its status behind, for the next one.</summary>
    public void Leave(ShardStatus shard)
    {
        if (!shard.IsRestarting) _shards.TryRemove(shard.ShardId, out _);
    }

    /// <summary>No shard is delivered any more.</summary>
    public void LeaveAll()
    {
        _shards.Clear();
        Listed();
    }

    /// <summary>The stream told its shards.</summary>
    public void Listed() => Volatile.Write(ref _unlistedSince, 0);

    /// <summary>The stream did not tell its shards: those that come after the known ones are not delivered.</summary>
    public void ListFailed(string error)
    {
        Failed(error);
        Interlocked.CompareExchange(ref _unlistedSince, time.GetUtcNow().UtcTicks, 0);
    }

    public void Failed(string error) => _lastError = error;

    /// <summary>The event source as a whole failed, and begins again from its checkpoints.</summary>
    public void Restarted(string error)
    {
        Failed(error);
        _restarts.Add();
    }

    /// <summary>Records were read from the stream.</summary>
    public void Read(int records) => Interlocked.Add(ref _recordsRead, records);

    /// <summary>An invocation of the function ended; it succeeded if it is done with all of its records.</summary>
    public void Invoked(bool succeeded)
    {
        Interlocked.Increment(ref _invocations);
        if (!succeeded) Interlocked.Increment(ref _invocationsFailed);
    }

    /// <summary>Records are finished.</summary>
    /// <param name="shard">Their shard.</param>
    /// <param name="records">How many they are.</param>
    /// <param name="oldest">When the oldest of them was committed, as the stream says.</param>
    public void Progressed(ShardStatus shard, int records, DateTimeOffset oldest)
    {
        Interlocked.Add(ref _recordsDone, records);
        Volatile.Write(ref _lag, Math.Max(0, (time.GetUtcNow() - oldest).Ticks));
        shard.Finished();
        _restarts.Forget();
        _lastError = null;
    }

    /// <summary>The age of the oldest record that is read and not done; zero when there is none.</summary>
    public TimeSpan IteratorAge
    {
        get
        {
            var now = time.GetUtcNow();
            return _shards.Values.Select(shard => shard.Age(now)).DefaultIfEmpty(TimeSpan.Zero).Max();
        }
    }

    /// <summary>The longest time for which a shard has had records waiting and finished none; zero when none wait.</summary>
    public TimeSpan CheckpointAge
    {
        get
        {
            var now = time.GetUtcNow();
            return _shards.Values.Where(shard => shard.IsWaiting).Select(shard => shard.SinceProgress(now)).DefaultIfEmpty(TimeSpan.Zero).Max();
        }
    }

    public StatusReport Report()
    {
        var now = time.GetUtcNow();
        return new(
            JsonNamingPolicy.SnakeCaseLower.ConvertName(State.ToString()), (now.UtcTicks - Volatile.Read(ref _stateSince)) / (double)TimeSpan.TicksPerSecond,
            _restarts.For(now).TotalSeconds,
            Volatile.Read(ref _unlistedSince) is > 0 and var since ? (now.UtcTicks - since) / (double)TimeSpan.TicksPerSecond : 0,
            StreamArn, Interlocked.Read(ref _recordsDone), IteratorAge.TotalSeconds, _lastError,
            [.. _shards.Values.OrderBy(shard => shard.ShardId, StringComparer.Ordinal).Select(shard => shard.Report(now))], Paused)
        {
            RecordsRead = Interlocked.Read(ref _recordsRead),
            Invocations = Interlocked.Read(ref _invocations),
            InvocationsFailed = Interlocked.Read(ref _invocationsFailed),
            LagSeconds = Volatile.Read(ref _lag) is >= 0 and var lag ? lag / (double)TimeSpan.TicksPerSecond : null,
        };
    }
}

/// <summary>Since when something has failed and begun again, again and again.</summary>
internal sealed class Restarts(TimeProvider time)
{
    /// <summary>What has not failed for so long works again, even if there was nothing for it to do.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private DateTimeOffset? _since;
    private DateTimeOffset _last;

    /// <summary>For how long; zero when it works.</summary>
    public TimeSpan For(DateTimeOffset now)
    {
        lock (_lock) return _since is { } since && now - _last < Settled ? now - since : TimeSpan.Zero;
    }

    public bool Any
    {
        get
        {
            lock (_lock) return _since is not null && time.GetUtcNow() - _last < Settled;
        }
    }

    public void Add()
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (_since is null || now - _last >= Settled) _since = now;
            _last = now;
        }
    }

    public void Forget()
    {
        lock (_lock) _since = null;
    }
}

/// <summary>One shard that is being delivered.</summary>
/// <param name="shardId">The shard.</param>
/// <param name="progress">Where its consumer stands.</param>
/// <param name="time">The clock.</param>
/// <param name="before">The status of the consumer before this one, if that failed.</param>
internal sealed class ShardStatus(string shardId, ShardProgress progress, TimeProvider time, ShardStatus? before)
{
    private readonly Restarts _restarts = before?._restarts ?? new(time);
    private int _inFlight;
    private long _progressedAt = before is null ? time.GetUtcNow().UtcTicks : Volatile.Read(ref before._progressedAt);
    private long _unreadableSince = before is null ? 0 : Volatile.Read(ref before._unreadableSince);

    public string ShardId => shardId;

    public bool IsWaiting => progress.Outstanding > 0;

    /// <summary>Whether the consumer has failed, and finished nothing since.</summary>
    public bool IsRestarting => _restarts.Any;

    public void InvocationStarted() => Interlocked.Increment(ref _inFlight);

    public void InvocationEnded() => Interlocked.Decrement(ref _inFlight);

    /// <summary>Records were finished: how long the others wait is counted from now.</summary>
    public void Finished()
    {
        _restarts.Forget();
        Volatile.Write(ref _progressedAt, time.GetUtcNow().UtcTicks);
    }

    /// <summary>A record is about to be handed out. The first after a quiet time waits from now; one that a consumer failed on, since then.</summary>
    public void HandingOut()
    {
        if (!IsWaiting && !IsRestarting) Volatile.Write(ref _progressedAt, time.GetUtcNow().UtcTicks);
    }

    /// <summary>The consumer failed, and another begins from the checkpoint.</summary>
    public void Failed()
    {
        if (!IsWaiting && !IsRestarting) Volatile.Write(ref _progressedAt, time.GetUtcNow().UtcTicks);
        _restarts.Add();
    }

    public void Read() => Volatile.Write(ref _unreadableSince, 0);

    public void ReadFailed() => Interlocked.CompareExchange(ref _unreadableSince, time.GetUtcNow().UtcTicks, 0);

    /// <summary>A stamp is the start of a second: the clock may seem to be behind it.</summary>
    public TimeSpan Age(DateTimeOffset now) => progress.OldestOutstanding is { } oldest && now > oldest ? now - oldest : TimeSpan.Zero;

    public TimeSpan SinceProgress(DateTimeOffset now) => new(now.UtcTicks - Volatile.Read(ref _progressedAt));

    public ShardReport Report(DateTimeOffset now) => new(
        shardId, progress.Checkpoint.SequenceNumber, progress.Outstanding, Volatile.Read(ref _inFlight), Age(now).TotalSeconds, SinceProgress(now).TotalSeconds,
        Volatile.Read(ref _unreadableSince) is > 0 and var since ? (now.UtcTicks - since) / (double)TimeSpan.TicksPerSecond : 0,
        _restarts.For(now).TotalSeconds);
}

/// <summary>The answer of <c>/status</c>.</summary>
internal sealed record StatusReport(
    string State, double SecondsInState, double SecondsRestarting, double SecondsUnlisted, string? StreamArn, long RecordsDone, double IteratorAgeSeconds,
    string? LastError, IReadOnlyList<ShardReport> Shards, PauseReport? Paused)
{
    /// <summary>Stream records read since the start of the process.</summary>
    public long RecordsRead { get; init; }

    /// <summary>Invocations of the function that have ended since then.</summary>
    public long Invocations { get; init; }

    /// <summary>Those of them that were not done with all of their records.</summary>
    public long InvocationsFailed { get; init; }

    /// <summary>From the commit of the oldest record of the batch that was finished last until its end; null before the first.</summary>
    public double? LagSeconds { get; init; }

    /// <summary>
    /// Dead letters of today and yesterday that are not settled, as last counted for <c>/health</c>; null when that is not known.
    /// </summary>
    public int? DeadLetters { get; init; }
}

/// <summary>Who has paused delivery, and since when.</summary>
internal sealed record PauseReport(string By, DateTimeOffset Since);

/// <summary>A shard in the answer of <c>/status</c>; <c>Outstanding</c> counts the records that are read and not done.</summary>
internal sealed record ShardReport(
    string ShardId, string? Checkpoint, int Outstanding, int InvocationsInFlight, double IteratorAgeSeconds, double SecondsSinceProgress, double SecondsUnreadable,
    double SecondsRestarting);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class StatusJson : JsonSerializerContext;
