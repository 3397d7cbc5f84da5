namespace NotifyQuery.Benchmarks.Scenarios;

internal static class AllScenarios
{
    /// <summary>In the order in which they run and appear on the page. Scenarios on the seeded system are consecutive.</summary>
    public static IReadOnlyList<Scenario> InOrder { get; } =
    [
        new QueryLatency(),
        new PagingDepth(),
        new Growth(),
        new ProjectionThroughput(),
        new EngineLatency(),
        new Freshness(),
        new CampaignAtOnce(),
        new Start(),
        new ColdStart(),
        new FunctionDuration(),
        new Footprint(),
        new Soak(),
    ];

    /// <summary>Those that run if none is named.</summary>
    public static IReadOnlyList<Scenario> ByDefault { get; } = [.. InOrder.Where(scenario => !scenario.OnlyIfNamed)];
}
