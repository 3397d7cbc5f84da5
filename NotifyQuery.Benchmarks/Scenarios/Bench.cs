using System.Globalization;
using NotifyQuery.Benchmarks.Running;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>Shared by all scenarios: the seeded system, the time limits, and progress messages.</summary>
/// <param name="quick">Whether rough figures are enough.</param>
internal sealed class Bench(bool quick) : IAsyncDisposable
{
    private SeededSystem? seeded;

    public bool Quick => quick;

    public TimeProvider Time { get; } = TimeProvider.System;

    /// <summary>The first value for a full run, the second for a quick run.</summary>
    public T Choose<T>(T full, T ifQuick) => quick ? ifQuick : full;

    /// <summary>Prints the progress.</summary>
    public void Say(string text) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {Time.GetLocalNow():HH:mm:ss}  {text}"));

    /// <summary>The system with the full query table. It is seeded at the first call.</summary>
    public async Task<SeededSystem> SeededAsync(CancellationToken cancellationToken) =>
        seeded ??= await SeededSystem.StartAsync(Choose(1_000_000, 20_000), Say, cancellationToken);

    /// <summary>Stops the seeded system: the next scenario needs the machine for itself.</summary>
    public async ValueTask ReleaseSeededAsync()
    {
        if (seeded is null)
            return;
        await seeded.DisposeAsync();
        seeded = null;
    }

    public ValueTask DisposeAsync() => ReleaseSeededAsync();
}
