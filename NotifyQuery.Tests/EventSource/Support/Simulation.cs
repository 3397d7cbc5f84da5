using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Hosting;
using NotifyQuery.EventSource.Leasing;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Everything around the event source, in memory: only what stands between the ports is real.</summary>
internal sealed class Simulation : IDisposable
{
    private readonly ServiceProvider meters = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public Simulation(
        EventSourceOptions options,
        IChangeStream stream,
        IFunction function,
        ICheckpoints? checkpoints = null,
        TimeProvider? time = null,
        int retryDelay = 1,
        ILogger<DeliveryContext>? logger = null
    )
    {
        options.TableName = "commands";
        options.FunctionName = "processor";
        options.RetryDelayMilliseconds = retryDelay;
        options.MaximumRetryDelayMilliseconds = retryDelay * 2;
        options.LeaseSeconds = 300;
        Checkpoints = checkpoints ?? new InMemoryCheckpoints();
        time ??= TimeProvider.System;
        Status = new(time);
        var metrics = new EventSourceMetrics(meters.GetRequiredService<IMeterFactory>(), Status);
        var retry = new BackendRetry(
            new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2), () => 0),
            time,
            metrics,
            NullLogger<BackendRetry>.Instance
        );
        Delivery = new(
            options,
            stream,
            function,
            Checkpoints,
            new(DeadLetters, retry),
            retry,
            Status,
            metrics,
            time,
            logger ?? NullLogger<DeliveryContext>.Instance
        );
    }

    public DeliveryContext Delivery { get; }

    public EventSourceStatus Status { get; }

    public ICheckpoints Checkpoints { get; }

    public InMemoryDeadLetters DeadLetters { get; } = new();

    /// <summary>Delivers the stream to its end. Cancelling is a crash: nothing gets time to finish.</summary>
    public Task DeliverAsync(CancellationToken crash, StreamPointer? stream = null, bool fresh = true, TimeProvider? leaseTime = null) =>
        DeliverAsync(new StopTokens(crash, crash), stream, fresh, leaseTime);

    /// <summary>Delivers the stream to its end, or until it is stopped: what is under way then may finish until it is abandoned.</summary>
    public async Task DeliverAsync(StopTokens stop, StreamPointer? stream = null, bool fresh = true, TimeProvider? leaseTime = null)
    {
        await using var lease = await Lease.TryAcquireAsync(
            Checkpoints,
            "commands",
            "owner",
            Delivery.Options.LeaseDuration,
            leaseTime ?? TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );
        await new StreamConsumer(Delivery, lease!, stream ?? new(SimulatedStream.Arn, null), fresh).RunAsync(stop);
    }

    public void Dispose() => meters.Dispose();
}

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

    public Task ReleaseAsync(string tableName, string owner, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (lease?.Owner == owner)
                lease = null;
            return Task.CompletedTask;
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

internal sealed class InMemoryDeadLetters : IDeadLetters
{
    private int refusals;

    public ConcurrentDictionary<string, DeadLetter> Letters { get; } = new();

    /// <summary>A letter is about to be kept.</summary>
    public Func<CancellationToken, Task>? BeforePut { get; set; }

    /// <summary>A letter is kept, and the answer is on the way.</summary>
    public Func<CancellationToken, Task>? AfterPut { get; set; }

    /// <summary>How often the table is away before it takes a letter.</summary>
    public int Refusals
    {
        get => refusals;
        set => refusals = value;
    }

    public async Task<WriteResult> PutAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        if (Interlocked.Decrement(ref refusals) >= 0)
            return new(WriteOutcome.Unavailable, "throttled");
        if (BeforePut is { } before)
            await before(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        Letters[letter.EventId] = letter;
        if (AfterPut is { } after)
            await after(cancellationToken);
        return new(WriteOutcome.Applied);
    }
}

/// <summary>A function made of a lambda expression.</summary>
internal sealed class FunctionOf(Func<IReadOnlyList<ChangeRecord>, CancellationToken, Task<FunctionReply>> invoke) : IFunction
{
    public static readonly FunctionReply Success = new(FunctionReplyKind.Returned, "request");
    public static readonly FunctionReply Thrown = new(FunctionReplyKind.FunctionError, "request", Error: "InvalidOperationException");

    /// <summary>The batches that it was invoked with.</summary>
    public ConcurrentQueue<string[]> Batches { get; } = new();

    public FunctionOf(Func<IReadOnlyList<ChangeRecord>, FunctionReply> invoke)
        : this((records, _) => Task.FromResult(invoke(records))) { }

    public static FunctionReply Failed(params string[] sequenceNumbers) =>
        new(
            FunctionReplyKind.Returned,
            "request",
            System.Text.Encoding.UTF8.GetBytes(
                $$"""{"batchItemFailures":[{{string.Join(',', sequenceNumbers.Select(number => $$"""{"itemIdentifier":"{{number}}"}"""))}}]}"""
            )
        );

    public async Task<FunctionReply> InvokeAsync(IReadOnlyCollection<ChangeRecord> records, CancellationToken cancellationToken)
    {
        Batches.Enqueue(Records.Numbers(records));
        await Task.Yield();
        return await invoke([.. records], cancellationToken);
    }
}
