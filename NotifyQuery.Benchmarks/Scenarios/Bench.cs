using System.Globalization;
using NotifyQuery.Benchmarks.Running;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>How the scenarios run.</summary>
internal sealed record BenchOptions
{
    public static readonly TimeSpan FullSoak = TimeSpan.FromHours(1);
    public static readonly TimeSpan QuickSoak = TimeSpan.FromMinutes(3);

    /// <summary>Whether rough figures are enough.</summary>
    public bool Quick { get; init; }

    /// <summary>How long the soak lasts; null for the default.</summary>
    public TimeSpan? Soak { get; init; }
}

/// <summary>Shared by all scenarios: the seeded system, the time limits, and progress messages.</summary>
/// <param name="options">How the scenarios run.</param>
internal sealed class Bench(BenchOptions options) : IAsyncDisposable
{
    private SeededSystem? seeded;

    /// <summary>How long the soak lasts.</summary>
    public TimeSpan Soak => options.Soak ?? Choose(BenchOptions.FullSoak, BenchOptions.QuickSoak);

    public TimeProvider Time { get; } = TimeProvider.System;

    /// <summary>The first value for a full run, the second for a quick run.</summary>
    public T Choose<T>(T full, T ifQuick) => options.Quick ? ifQuick : full;

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
