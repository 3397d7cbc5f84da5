using NotifyQuery.Benchmarks.Report;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>A measurement on real processes.</summary>
internal abstract class Scenario
{
    /// <summary>The name with which it is selected, e.g. <c>query-latency</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Its chapter in the page.</summary>
    public abstract string Title { get; }

    /// <summary>How it measures, for the reader of the figures.</summary>
    public abstract string How { get; }

    /// <summary>Whether it measures the system that is seeded once for several scenarios (<see cref="Bench.SeededAsync"/>).</summary>
    public virtual bool OnSeededSystem => false;

    /// <summary>Starts what it needs, measures, and stops what it started.</summary>
    public abstract Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken);
}
