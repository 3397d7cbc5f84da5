using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Hosting;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Event sources that deliver one shard while operators ask them for something, on a clock that the test moves.</summary>
internal sealed class ControlledDelivery : IAsyncDisposable
{
    private readonly List<Running> running = [];
    private int underWay;

    public ControlledDelivery()
    {
        Shard = Stream.Add(null);
        Shard.Closed = false;
    }

    public FakeTimeProvider Time { get; } = FakeTime.New();

    public InMemoryCheckpoints Checkpoints { get; } = new();

    public SimulatedStream Stream { get; } = new() { Latest = SimulatedStream.Arn };

    public SimulatedStream.Shard Shard { get; }

    /// <summary>The numbers of the records that were delivered, in order.</summary>
    public ConcurrentQueue<string> Delivered { get; } = new();

    /// <summary>What every batch waits for; none waits without it.</summary>
    public TaskCompletionSource? Hold { get; set; }

    /// <summary>How many batches are under way.</summary>
    public int UnderWay => Volatile.Read(ref underWay);

    public static IEnumerable<string> Numbers(int from, int count) => Enumerable.Range(from, count).Select(number => $"{number}");

    public ShardReset Reset() => new(SimulatedStream.Arn, Shard.Id, 0);

    public void Write(int from, int count)
    {
        for (var number = from; number < from + count; number++)
            Shard.Write(Records.Of(number, createdAt: Time.GetUtcNow()));
    }

    public async Task<Running> StartAsync(EventSourceOptions? options = null)
    {
        options ??= new();
        options.BatchSize = 5;
        var simulation = new Simulation(
            options,
            Stream,
            new FunctionOf(
                async (batch, _) =>
                {
                    Interlocked.Increment(ref underWay);
                    if (Hold is { } hold)
                        await hold.Task;
                    foreach (var number in Records.Numbers(batch))
                        Delivered.Enqueue(number);
                    Interlocked.Decrement(ref underWay);
                    return FunctionOf.Success;
                }
            ),
            Checkpoints,
            Time
        );
        var worker = new EventSourceWorker(simulation.Delivery, NullLogger<EventSourceWorker>.Instance);
        await worker.StartAsync(TestContext.Current.CancellationToken);
        var source = new Running(simulation, worker);
        running.Add(source);
        return source;
    }

    /// <summary>Lets time pass until something is so.</summary>
    public Task UntilAsync(Func<bool> condition, string what) =>
        Eventually.TrueAsync(
            () =>
            {
                if (condition())
                    return true;
                Time.Advance(TimeSpan.FromSeconds(0.5));
                return false;
            },
            what
        );

    /// <summary>Lets much time pass, in steps that let whoever waits have its turn.</summary>
    public async Task AdvanceAsync(TimeSpan time)
    {
        for (var steps = 0; steps < 20; steps++)
        {
            Time.Advance(time / 20);
            await Task.Delay(5, TestContext.Current.CancellationToken); // whoever delivers extends its lease
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in running)
            await source.DisposeAsync();
    }

    public sealed class Running(Simulation simulation, EventSourceWorker worker) : IAsyncDisposable
    {
        private bool disposed;

        public EventSourceStatus Status => simulation.Status;

        public MetricCollector<long> Counter(string name) => simulation.Counter(name);

        public async ValueTask DisposeAsync()
        {
            if (disposed)
                return;
            disposed = true;
            await worker.StopAsync(CancellationToken.None);
            worker.Dispose();
            simulation.Dispose();
        }
    }
}
