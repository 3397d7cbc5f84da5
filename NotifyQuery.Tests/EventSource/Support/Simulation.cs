using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.Core;
using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Hosting;
using NotifyQuery.EventSource.Leasing;
using NotifyQuery.EventSource.Ports;

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

    public FaultyDeadLetters DeadLetters { get; } = new();

    /// <summary>What a counter of the event source counts from now on.</summary>
    public MetricCollector<long> Counter(string name) =>
        new(meters.GetRequiredService<IMeterFactory>(), Telemetry.Name, $"notifyquery.event_source.{name}");

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
