using NotifyQuery.EventSource.Adapters;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Tests of the checkpoint table, each with a table of its own.</summary>
public abstract class CheckpointTableTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>, IAsyncLifetime
{
    private protected const string Table = "commands";
    private protected const string Arn = "arn";
    private protected const string Shard = "shard";
    private protected static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    private Engine? engine;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected Engine Engine => engine!;

    private protected DynamoDBCheckpoints Checkpoints => new(Engine.Client, "stream-checkpoints", FakeTime.New());

    public async ValueTask InitializeAsync() => engine = await Engine.CreateAsync(local);

    public ValueTask DisposeAsync()
    {
        engine?.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private protected static LeaseClaim Claim(string owner, DateTimeOffset now) => new(Table, owner, now, now.AddSeconds(5));
}
