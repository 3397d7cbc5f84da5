using System.Globalization;
using NotifyQuery.Benchmarks.Running;
using NotifyQuery.Operations.Watching;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>What the processes of one name use.</summary>
internal readonly record struct ProcessUsage(double Megabytes, int Handles, int Threads);

/// <summary>Samples the processes of a system, and how far its projection is behind.</summary>
/// <param name="root">The AppHost.</param>
/// <param name="pipeline">The state of the projection.</param>
/// <param name="measureLag">
/// Measures the lag. The event source's own is no use here: DynamoDB Local truncates the time of a change to the minute.
/// </param>
/// <param name="time">The clock.</param>
internal sealed class SoakSampler(int root, LocalPipeline pipeline, Func<CancellationToken, Task<TimeSpan>> measureLag, TimeProvider time)
{
    private const int MostSamples = 720;
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(2);

    private readonly List<Dictionary<string, ProcessUsage>> usages = [];
    private readonly List<double> lags = [];
    private readonly Dictionary<(int Id, string Name), int> seen = [];

    /// <summary>The time between two samples on average, known at the end.</summary>
    public double SecondsPerSample { get; private set; }

    /// <summary>The processes, by name. Those that ended early or were started late count as <see cref="Changes"/>.</summary>
    public IReadOnlyList<string> Names => [.. usages[0].Keys.Where(name => usages.All(usage => usage.ContainsKey(name)))];

    public IReadOnlyList<double> Lag => lags;

    public long DeadLetters { get; private set; }

    /// <summary>
    /// The processes that ended or were started on the way. A process in a single sample does not count: the orchestrator asks other
    /// programs now and then.
    /// </summary>
    public IReadOnlyList<string> Changes =>
        [
            .. seen.Where(it => it.Value > 1 && it.Value < usages.Count)
                .Select(it => string.Create(CultureInfo.InvariantCulture, $"{it.Key.Name} (process {it.Key.Id})")),
        ];

    public IReadOnlyList<double> Of(string name, Func<ProcessUsage, double> figure) => [.. usages.Select(usage => figure(usage[name]))];

    /// <summary>Samples for some time. Returns the number of samples.</summary>
    public async Task<int> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var interval = TimeSpan.FromTicks(Math.Max(ShortestInterval.Ticks, duration.Ticks / MostSamples));
        var started = time.GetTimestamp();
        using var timer = new PeriodicTimer(interval, time);
        while (time.GetElapsedTime(started) < duration && await timer.WaitForNextTickAsync(cancellationToken))
        {
            var figures = await pipeline.ReadAsync(cancellationToken);
            if (figures.Write.State is not "delivering")
                throw new InvalidOperationException($"the projection stopped: {string.Join("; ", figures.Problems)}");
            lags.Add((await measureLag(cancellationToken)).TotalMilliseconds);
            DeadLetters = figures.Write.DeadLetters ?? DeadLetters;

            var processes = ProcessTree.Read(root);
            usages.Add(
                processes
                    .GroupBy(process => process.Name)
                    .ToDictionary(
                        group => group.Key,
                        group => new ProcessUsage(
                            group.Sum(process => process.ResidentBytes) / 1e6,
                            group.Sum(process => ProcessTree.OpenHandles(process.Id) ?? 0),
                            group.Sum(process => process.Threads)
                        )
                    )
            );
            foreach (var process in processes)
            {
                var key = (process.Id, process.Name);
                seen[key] = seen.GetValueOrDefault(key) + 1;
            }
        }

        SecondsPerSample = time.GetElapsedTime(started).TotalSeconds / usages.Count; // a lag may last longer than the interval
        return usages.Count;
    }
}
