using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
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
    private volatile string? _lastError;

    public EventSourceState State { get; set; }

    public string? StreamArn { get; set; }

    public ShardStatus Enter(string shardId, ShardProgress progress) => _shards[shardId] = new(shardId, progress, time.GetUtcNow());

    public void Leave(string shardId) => _shards.TryRemove(shardId, out _);

    public void Failed(string error) => _lastError = error;

    public void Progressed(ShardStatus shard, int records)
    {
        Interlocked.Add(ref _recordsDone, records);
        shard.ProgressedAt = time.GetUtcNow();
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

    public StatusReport Report()
    {
        var now = time.GetUtcNow();
        return new(
            JsonNamingPolicy.SnakeCaseLower.ConvertName(State.ToString()), StreamArn, Interlocked.Read(ref _recordsDone), IteratorAge.TotalSeconds, _lastError,
            [.. _shards.Values.OrderBy(shard => shard.ShardId, StringComparer.Ordinal).Select(shard => shard.Report(now))]);
    }
}

/// <summary>One shard that is being delivered.</summary>
internal sealed class ShardStatus(string shardId, ShardProgress progress, DateTimeOffset now)
{
    private int _inFlight;

    public string ShardId => shardId;

    public DateTimeOffset ProgressedAt { get; set; } = now;

    public void InvocationStarted() => Interlocked.Increment(ref _inFlight);

    public void InvocationEnded() => Interlocked.Decrement(ref _inFlight);

    /// <summary>A stamp is the start of a second: the clock may seem to be behind it.</summary>
    public TimeSpan Age(DateTimeOffset now) => progress.OldestOutstanding is { } oldest && now > oldest ? now - oldest : TimeSpan.Zero;

    public ShardReport Report(DateTimeOffset now) =>
        new(shardId, progress.Checkpoint.SequenceNumber, progress.Outstanding, Volatile.Read(ref _inFlight), Age(now).TotalSeconds, (now - ProgressedAt).TotalSeconds);
}

/// <summary>The answer of <c>/status</c>.</summary>
internal sealed record StatusReport(
    string State, string? StreamArn, long RecordsDone, double IteratorAgeSeconds, string? LastError, IReadOnlyList<ShardReport> Shards);

/// <summary>A shard in the answer of <c>/status</c>; <c>Outstanding</c> counts the records that are read and not done.</summary>
internal sealed record ShardReport(
    string ShardId, string? Checkpoint, int Outstanding, int InvocationsInFlight, double IteratorAgeSeconds, double SecondsSinceProgress);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class StatusJson : JsonSerializerContext;

/// <summary>Healthy while records move; degraded when records are there and none has been finished for a minute.</summary>
internal sealed class EventSourceHealth(EventSourceStatus status) : IHealthCheck
{
    private const double StalledAfterSeconds = 60;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var report = status.Report();
        var stalled = report.Shards.Where(shard => shard.Outstanding > 0 && shard.SecondsSinceProgress > StalledAfterSeconds).Select(shard => shard.ShardId).ToList();
        return Task.FromResult(stalled.Count == 0
            ? HealthCheckResult.Healthy(report.State)
            : HealthCheckResult.Degraded($"No record was finished for a minute in {string.Join(", ", stalled)}: {report.LastError ?? "the function is slow"}."));
    }
}
