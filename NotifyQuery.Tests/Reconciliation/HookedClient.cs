using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using NotifyQuery.DynamoDB.Http;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>A client of the real engine; a test may let something happen just before one of its requests goes out.</summary>
internal sealed class HookedClient(DynamoDbLocal engine, AWSCredentials space)
    : AmazonDynamoDBClient(
        space,
        new AmazonDynamoDBConfig { ServiceURL = engine.Endpoint.ToString(), AuthenticationRegion = "us-east-1" }.ReadingAnyText()
    )
{
    /// <summary>Happens before each write.</summary>
    public Func<PutItemRequest, Task> BeforePut { get; set; } = _ => Task.CompletedTask;

    /// <summary>Happens before each read of several items.</summary>
    public Func<BatchGetItemRequest, Task> BeforeRead { get; set; } = _ => Task.CompletedTask;

    public override async Task<PutItemResponse> PutItemAsync(PutItemRequest request, CancellationToken cancellationToken = default)
    {
        await BeforePut(request);
        return await base.PutItemAsync(request, cancellationToken);
    }

    public override async Task<BatchGetItemResponse> BatchGetItemAsync(
        BatchGetItemRequest request,
        CancellationToken cancellationToken = default
    )
    {
        await BeforeRead(request);
        return await base.BatchGetItemAsync(request, cancellationToken);
    }
}

/// <summary>A clock on which no wait takes time: something happens during each delay, and then it is over.</summary>
internal sealed class EventfulTime(Func<Task> during) : TimeProvider
{
    /// <summary>What happened during the last delay; awaited by the test, so that its errors are seen.</summary>
    public Task During { get; private set; } = Task.CompletedTask;

    /// <summary>How many delays there were.</summary>
    public int Delays { get; private set; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Delays++;
        During = RunAsync();
        return new Elapsed();

        async Task RunAsync()
        {
            try
            {
                await during();
            }
            finally
            {
                callback(state);
            }
        }
    }

    private sealed class Elapsed : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => false;

        public void Dispose() { }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
