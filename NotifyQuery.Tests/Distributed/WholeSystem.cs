namespace NotifyQuery.Tests.Distributed;

/// <summary>One running system for the tests that leave it as it was.</summary>
public sealed class WholeSystem : IAsyncLifetime
{
    public RunningSystem System { get; private set; } = null!;

    public async ValueTask InitializeAsync() => System = await RunningSystem.StartAsync();

    public ValueTask DisposeAsync() => System.DisposeAsync();
}
