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
    Stopped,
}

/// <summary>What the event source is doing now, for the health check, the gauge and whoever asks <c>/status</c>.</summary>
internal sealed class EventSourceStatus(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, ShardStatus> _shards = new(StringComparer.Ordinal);
    private long _recordsDone;
    private long _stateSince = time.GetUtcNow().UtcTicks;
    private volatile string? _lastError;
    private volatile EventSourceState _state;

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

    public ShardStatus Enter(string shardId, ShardProgress progress) => _shards[shardId] = new(shardId, progress, time);

    public void Leave(string shardId) => _shards.TryRemove(shardId, out _);

    public void Failed(string error) => _lastError = error;

    public void Progressed(ShardStatus shard, int records)
    {
        Interlocked.Add(ref _recordsDone, records);
        shard.Progressed();
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
            JsonNamingPolicy.SnakeCaseLower.ConvertName(State.ToString()), (now.UtcTicks - Volatile.Read(ref _stateSince)) / (double)TimeSpan.TicksPerSecond, StreamArn, Interlocked.Read(ref _recordsDone), IteratorAge.TotalSeconds, _lastError,
            [.. _shards.Values.OrderBy(shard => shard.ShardId, StringComparer.Ordinal).Select(shard => shard.Report(now))]);
    }
}

/// <summary>One shard that is being delivered.</summary>
internal sealed class ShardStatus(string shardId, ShardProgress progress, TimeProvider time)
{
    private int _inFlight;
    private long _progressedAt = time.GetUtcNow().UtcTicks;
    private long _unreadableSince;

    public string ShardId => shardId;

    public bool IsWaiting => progress.Outstanding > 0;

    public void InvocationStarted() => Interlocked.Increment(ref _inFlight);

    public void InvocationEnded() => Interlocked.Decrement(ref _inFlight);

    /// <summary>Records were finished, or the first came after a quiet time: how long the others wait is counted from now.</summary>
    public void Progressed() => Volatile.Write(ref _progressedAt, time.GetUtcNow().UtcTicks);

    public void Read() => Volatile.Write(ref _unreadableSince, 0);

    public void ReadFailed() => Interlocked.CompareExchange(ref _unreadableSince, time.GetUtcNow().UtcTicks, 0);

    /// <summary>A stamp is the start of a second: the clock may seem to be behind it.</summary>
    public TimeSpan Age(DateTimeOffset now) => progress.OldestOutstanding is { } oldest && now > oldest ? now - oldest : TimeSpan.Zero;

    public TimeSpan SinceProgress(DateTimeOffset now) => new(now.UtcTicks - Volatile.Read(ref _progressedAt));

    public ShardReport Report(DateTimeOffset now) => new(
        shardId, progress.Checkpoint.SequenceNumber, progress.Outstanding, Volatile.Read(ref _inFlight), Age(now).TotalSeconds, SinceProgress(now).TotalSeconds,
        Volatile.Read(ref _unreadableSince) is > 0 and var since ? (now.UtcTicks - since) / (double)TimeSpan.TicksPerSecond : 0);
}

/// <summary>The answer of <c>/status</c>.</summary>
internal sealed record StatusReport(
    string State, double SecondsInState, string? StreamArn, long RecordsDone, double IteratorAgeSeconds, string? LastError, IReadOnlyList<ShardReport> Shards);

/// <summary>A shard in the answer of <c>/status</c>; <c>Outstanding</c> counts the records that are read and not done.</summary>
internal sealed record ShardReport(
    string ShardId, string? Checkpoint, int Outstanding, int InvocationsInFlight, double IteratorAgeSeconds, double SecondsSinceProgress, double SecondsUnreadable);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class StatusJson : JsonSerializerContext;
