using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(NotifyQuery.Tests.Distributed.SystemsFirst))]

namespace NotifyQuery.Tests.Distributed;

/// <summary>
/// Tests of running systems: one after the other (but for <see cref="KilledProcessesTests"/>), because each system is ten processes, and
/// several starve each other on a small machine.
/// </summary>
[CollectionDefinition(nameof(OneSystemAtATime))]
public sealed class OneSystemAtATime : ICollectionFixture<WholeSystem>;

/// <summary>The systems' collection takes longest by far: it begins first, and all others run beside it.</summary>
public sealed class SystemsFirst : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(collection => collection.TestCollectionDisplayName == nameof(OneSystemAtATime))];
}

/// <summary>One running system for the tests that leave it as it was.</summary>
public sealed class WholeSystem : IAsyncLifetime
{
    public RunningSystem System { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        System = await RunningSystem.StartAsync();
        await System.WarmUpAsync();
    }

    public ValueTask DisposeAsync() => System.DisposeAsync();
}
