using NotifyQuery.Benchmarks.Report;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>A measurement on real processes.</summary>
internal abstract class Scenario
{
    /// <summary>The name for selecting the scenario, e.g. <c>query-latency</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The heading on the page.</summary>
    public abstract string Title { get; }

    /// <summary>The method of measurement, for readers of the figures.</summary>
    public abstract string How { get; }

    /// <summary>Whether the scenario uses the system that is seeded once for several scenarios (<see cref="Bench.SeededAsync"/>).</summary>
    public virtual bool OnSeededSystem => false;

    /// <summary>Whether the scenario takes so long that it runs only if it is named.</summary>
    public virtual bool OnlyIfNamed => false;

    /// <summary>Starts what the scenario needs, measures, and stops everything.</summary>
    public abstract Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken);
}
