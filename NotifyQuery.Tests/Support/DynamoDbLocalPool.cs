using NotifyQuery.Benchmarks.Running;

[assembly: AssemblyFixture(typeof(NotifyQuery.Tests.Support.DynamoDbLocalPool))]

namespace NotifyQuery.Tests.Support;

/// <summary>
/// The DynamoDB Local processes of a test run. An engine has about ten threads for each access key that it ever received. They wake up now
/// and then and never end: after some hundred tests they take half a core. So a class gets a new engine when the newest one has received
/// many keys, and an engine is stopped after its last class.
/// </summary>
public sealed class DynamoDbLocalPool : IAsyncDisposable
{
    private const int SpacesOfAnEngine = 40;

    private static int spaces;

    private readonly SemaphoreSlim oneAtATime = new(1);
    private Engine? newest;

    /// <summary>Counts a new access key.</summary>
    internal static void CountSpace() => Interlocked.Increment(ref spaces);

    /// <summary>Rents the newest engine, or a new one.</summary>
    internal async Task<Engine> RentAsync()
    {
        await oneAtATime.WaitAsync();
        try
        {
            if (newest is null || Volatile.Read(ref spaces) - newest.SpacesBefore >= SpacesOfAnEngine)
            {
                var replaced = newest;
                newest = new(await DynamoDBLocalProcess.StartAsync(CancellationToken.None), Volatile.Read(ref spaces));
                if (replaced is { Users: 0 })
                    await replaced.Process.DisposeAsync();
            }

            newest.Users++;
            return newest;
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    /// <summary>Returns an engine. An engine that is not the newest stops when its last class returns it.</summary>
    internal async Task ReturnAsync(Engine engine)
    {
        await oneAtATime.WaitAsync();
        try
        {
            if (--engine.Users == 0 && engine != newest)
                await engine.Process.DisposeAsync();
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (newest is not null)
            await newest.Process.DisposeAsync();
        oneAtATime.Dispose();
    }

    /// <summary>An engine that classes share.</summary>
    internal sealed class Engine(DynamoDBLocalProcess process, int spacesBefore)
    {
        public DynamoDBLocalProcess Process => process;

        /// <summary>The number of access keys that tests had created before this engine started.</summary>
        public int SpacesBefore => spacesBefore;

        /// <summary>The number of classes that rent the engine; guarded by the semaphore.</summary>
        public int Users { get; set; }
    }
}
