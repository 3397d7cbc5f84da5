using System.Collections.Concurrent;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.DeliveredTransactions;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Functions that fail on the stream of a real DynamoDB Local.</summary>
public sealed class FailuresOnEngineTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private const string Reports = "FunctionResponseTypes:0";

    private readonly ConcurrentQueue<string> delivered = new();

    [Fact]
    public async Task A_function_that_throws_is_tried_again_and_nothing_is_dropped()
    {
        using var engine = await Engine.CreateAsync(local);
        var calls = 0;
        await using var source = await engine.StartAsync(
            delivered.Collecting(_ => Interlocked.Increment(ref calls) % 3 != 0 ? FunctionOf.Thrown : FunctionOf.Success),
            ("BatchSize", "10")
        );

        await engine.PutAsync(1, 60);
        await Eventually.TrueAsync(() => delivered.Count >= 60, "all is delivered");

        Assert.Equal(Ids(1, 60), delivered);
        Assert.Empty(await engine.FailuresAsync());
    }

    [Fact]
    public async Task Poison_goes_to_projection_failures_after_its_budget_and_nothing_else_does()
    {
        using var engine = await Engine.CreateAsync(local);
        await engine.PutAsync(1, 40);
        await using var source = await engine.StartAsync(
            delivered.Collecting(batch => batch.Any(IsPoison) ? FunctionOf.Thrown : FunctionOf.Success),
            ("MaximumRetryAttempts", "2"),
            ("BisectBatchOnFunctionError", "true"),
            ("BatchSize", "16")
        );
        await Eventually.TrueAsync(() => delivered.Count >= 36, "all but the poison is delivered");
        await Eventually.TrueAsync(async () => (await engine.FailuresAsync()).Count >= 4, "the poison is kept");

        Assert.Equal(Ids(1, 40).Where(id => !IsPoisonId(id)), delivered.Order());
        var failures = await engine.FailuresAsync();
        Assert.Equal(Ids(1, 40).Where(IsPoisonId), failures.Select(failure => failure["transaction_id"].S).Order());
        Assert.All(failures, failure => Assert.Equal(("RetryAttemptsExhausted", "3"), (failure["error_type"].S, failure["attempts"].N)));
    }

    [Fact]
    public async Task What_the_function_reports_is_retried_and_what_stands_before_it_is_not()
    {
        using var engine = await Engine.CreateAsync(local);
        await engine.PutAsync(1, 10);
        var refusals = 2;
        var function = new FunctionOf(batch =>
            batch.FirstOrDefault(IsPoison) is { } poison && Interlocked.Decrement(ref refusals) >= 0
                ? FunctionOf.Failed(poison.SequenceNumber)
                : FunctionOf.Success
        );

        await using var source = await engine.StartAsync(function, (Reports, "ReportBatchItemFailures"));
        await Eventually.TrueAsync(() => source.Status.Report().RecordsDone == 10, "all is done");

        Assert.Equal([.. Enumerable.Range(1, 10).Select(Text)], function.Batches.First());
        Assert.All(function.Batches.Skip(1), batch => Assert.Equal("10", batch[0]));
        Assert.Equal(3, function.Batches.Count);
    }
}
