using System.Collections.Concurrent;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Ports;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Checkpoints, the lease and the requests of operators in memory.</summary>
internal sealed class InMemoryCheckpoints : ICheckpoints
{
    private readonly ConcurrentDictionary<(string, string), ShardCheckpoint> shards = new();
    private readonly Lock gate = new();
    private LeaseClaim? lease;
    private StreamPointer? stream;
    private DeliveryControl control = new();

    public IReadOnlyDictionary<(string StreamArn, string ShardId), ShardCheckpoint> Shards => shards;

    public string? Owner => lease?.Owner;

    /// <summary>May throw instead of a renewal.</summary>
    public Action? BeforeRenewal { get; set; }

    /// <summary>The lease is extended, and the answer is on the way.</summary>
    public Func<CancellationToken, Task>? AfterRenewal { get; set; }

    /// <summary>The lease is taken, and the answer is on the way.</summary>
    public Action? AfterAcquisition { get; set; }

    /// <summary>May throw or wait instead of a release.</summary>
    public Func<CancellationToken, Task>? BeforeRelease { get; set; }

    /// <summary>May throw or wait instead of storing a checkpoint.</summary>
    public Func<ShardCheckpoint, CancellationToken, Task>? BeforeSave { get; set; }

    /// <summary>May throw instead of loading the checkpoints of a stream.</summary>
    public Action? BeforeLoad { get; set; }

    public Task<LeaseGrant?> AcquireAsync(LeaseClaim claim, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (lease is not null && lease.Owner != claim.Owner && lease.ExpiresAt >= claim.Now)
                return Task.FromResult<LeaseGrant?>(null);
            lease = claim;
            AfterAcquisition?.Invoke();
            return Task.FromResult<LeaseGrant?>(new(stream, control));
        }
    }

    public async Task<LeaseGrant?> RenewAsync(LeaseClaim claim, CancellationToken cancellationToken)
    {
        BeforeRenewal?.Invoke();
        LeaseGrant grant;
        lock (gate)
        {
            if (lease?.Owner != claim.Owner)
                return null;
            lease = claim;
            grant = new(stream, control);
        }

        if (AfterRenewal is { } after)
            await after(cancellationToken);
        return grant;
    }

    /// <summary>What operators have asked for.</summary>
    public DeliveryControl Control
    {
        get
        {
            lock (gate)
                return control;
        }
    }

    /// <summary>May throw before or after what was carried out is noted.</summary>
    public Action<string>? AroundTake { get; set; }

    /// <summary>May throw before or after a position is replaced.</summary>
    public Action<string>? AroundReset { get; set; }

    /// <summary>Asks for something, as an operator does.</summary>
    public long Ask(bool? paused = null, params ShardReset[] resets)
    {
        lock (gate)
        {
            var request = new ControlRequest(
                resets.Length > 0 ? "reset"
                    : paused is true ? "pause"
                    : "resume",
                "ann@desk",
                DateTimeOffset.UnixEpoch
            );
            var pause = paused ?? control.Paused;
            var version = control.Version + 1;
            control = control with
            {
                Version = version,
                Paused = pause,
                PausedBy = pause ? control.PausedBy ?? request : null,
                Last = request,
                Resets = [.. control.Resets, .. resets.Select(reset => reset with { Version = version })],
            };
            return version;
        }
    }

    public Task<bool> TakeAsync(string tableName, string owner, ControlTaken taken, CancellationToken cancellationToken)
    {
        AroundTake?.Invoke("before");
        lock (gate)
        {
            if (lease?.Owner != owner || control.Version != taken.Version)
                return Task.FromResult(false);
            control = control with { Taken = taken, Resets = [] };
        }

        AroundTake?.Invoke("after");
        return Task.FromResult(true);
    }

    public Task<bool> ResetAsync(ShardReset reset, CancellationToken cancellationToken)
    {
        AroundReset?.Invoke("before");
        lock (gate)
        {
            var kept = shards.GetValueOrDefault((reset.StreamArn, reset.ShardId), ShardCheckpoint.Start);
            if (kept.Generation >= reset.Version)
                return Task.FromResult(false);
            if (reset.After is { } after && SequenceNumber.IsCovered(after, kept.SequenceNumber))
                return Task.FromResult(false);
            shards[(reset.StreamArn, reset.ShardId)] = new(reset.After, []) { From = reset.From, Generation = reset.Version };
        }

        AroundReset?.Invoke("after");
        return Task.FromResult(true);
    }

    public async Task ReleaseAsync(string tableName, string owner, CancellationToken cancellationToken)
    {
        if (BeforeRelease is { } before)
            await before(cancellationToken);
        lock (gate)
        {
            if (lease?.Owner == owner)
                lease = null;
        }
    }

    public Task<bool> PointAsync(string tableName, string owner, StreamPointer stream, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (lease?.Owner != owner)
                return Task.FromResult(false);
            this.stream = stream;
            return Task.FromResult(true);
        }
    }

    public Task<IReadOnlyDictionary<string, ShardCheckpoint>> LoadAsync(string streamArn, CancellationToken cancellationToken)
    {
        BeforeLoad?.Invoke();
        return Task.FromResult<IReadOnlyDictionary<string, ShardCheckpoint>>(
            shards.Where(shard => shard.Key.Item1 == streamArn).ToDictionary(shard => shard.Key.Item2, shard => shard.Value)
        );
    }

    public async Task<bool> SaveAsync(string streamArn, string shardId, ShardCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        if (BeforeSave is { } before)
            await before(checkpoint, cancellationToken);
        lock (gate)
        {
            var kept = shards.GetValueOrDefault((streamArn, shardId), ShardCheckpoint.Start);
            if (
                kept.Generation != checkpoint.Generation
                || !SequenceNumber.IsCovered(kept.SequenceNumber ?? "", checkpoint.SequenceNumber ?? "")
            )
                return false;
            shards[(streamArn, shardId)] = checkpoint;
            return true;
        }
    }

    public Task ForgetAsync(string streamArn, string shardId, CancellationToken cancellationToken)
    {
        shards.TryRemove((streamArn, shardId), out _);
        return Task.CompletedTask;
    }
}
