using System.Collections.Concurrent;
using System.Globalization;
using NotifyQuery.EventSource.Health;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.DeliveredTransactions;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Event sources that stop, start and take over from each other, on a real DynamoDB Local.</summary>
public sealed class HandoverOnEngineTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private readonly ConcurrentQueue<string> delivered = new();

    [Fact]
    public async Task A_restart_goes_on_at_the_checkpoint_and_repeats_only_the_batch_that_was_in_flight()
    {
        using var engine = await Engine.CreateAsync(local);
        await engine.PutAsync(1, 50);
        var hanging = new TaskCompletionSource();
        var function = new FunctionOf(
            async (batch, cancellation) =>
            {
                if (delivered.Count >= 30)
                {
                    hanging.TrySetResult();
                    await Task.Delay(Timeout.Infinite, cancellation);
                }

                delivered.Collect(batch);
                return FunctionOf.Success;
            }
        );
        await using (await engine.StartAsync(function, ("BatchSize", "10")))
            await hanging.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal(Ids(1, 30), delivered);

        await using var source = await engine.StartAsync(delivered.Collecting(), ("BatchSize", "10"));
        await Eventually.TrueAsync(() => delivered.Count >= 50, "the rest is delivered");

        Assert.Equal(Ids(1, 50), delivered);
        Assert.Equal(["31", "32", "33", "34", "35", "36", "37", "38", "39", "40"], function.Batches.Last());
    }

    [Fact]
    public async Task Two_event_sources_deliver_each_record_once_and_the_second_takes_over_when_the_first_stops()
    {
        using var engine = await Engine.CreateAsync(local);
        var byFirst = new FunctionOf(batch => delivered.Collect(batch));
        var bySecond = new FunctionOf(batch => delivered.Collect(batch));
        var first = await engine.StartAsync(byFirst);
        await Eventually.TrueAsync(() => first.Status.State == EventSourceState.Delivering, "the first delivers");
        await using var second = await engine.StartAsync(bySecond);
        await Eventually.TrueAsync(() => second.Status.State == EventSourceState.Standby, "the second stands by");

        await engine.PutAsync(1, 30);
        await Eventually.TrueAsync(() => delivered.Count >= 30, "the first delivers");
        Assert.Empty(bySecond.Batches);

        await first.DisposeAsync();
        await engine.PutAsync(31, 30);
        await Eventually.TrueAsync(() => delivered.Count >= 60, "the second delivers");

        Assert.Equal(Ids(1, 60), delivered);
        Assert.NotEmpty(bySecond.Batches);
    }

    [Fact]
    public async Task An_event_source_whose_lease_was_taken_stands_by_until_it_can_have_it_again()
    {
        using var engine = await Engine.CreateAsync(local);
        await using var source = await engine.StartAsync(delivered.Collecting());
        await Eventually.TrueAsync(() => source.Status.State == EventSourceState.Delivering, "it delivers");
        await LeaseToAsync("thief", DateTimeOffset.UtcNow.AddHours(1));
        await Eventually.TrueAsync(() => source.Status.State == EventSourceState.Standby, "it stands by");

        await engine.PutAsync(1, 10);
        Assert.Empty(delivered);

        await LeaseToAsync("thief", DateTimeOffset.UtcNow.AddSeconds(-1));
        await Eventually.TrueAsync(() => delivered.Count >= 10, "it delivers again");
        Assert.Equal(Ids(1, 10), delivered);

        Task LeaseToAsync(string owner, DateTimeOffset until) =>
            engine.Client.UpdateItemAsync(
                new()
                {
                    TableName = "stream-checkpoints",
                    Key = new() { ["stream_arn"] = new("command-records"), ["shard_id"] = new("#lease") },
                    UpdateExpression = "SET lease_owner = :owner, lease_expires_at = :until",
                    ExpressionAttributeValues = new()
                    {
                        [":owner"] = new(owner),
                        [":until"] = new() { N = until.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) },
                    },
                },
                TestContext.Current.CancellationToken
            );
    }
}
