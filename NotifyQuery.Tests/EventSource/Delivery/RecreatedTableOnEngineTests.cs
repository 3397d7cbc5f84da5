using System.Collections.Concurrent;
using NotifyQuery.EventSource.Health;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.DeliveredTransactions;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Tables that are created late or again, on a real DynamoDB Local: each of their streams is delivered.</summary>
public sealed class RecreatedTableOnEngineTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private readonly ConcurrentQueue<string> delivered = new();

    [Fact]
    public async Task A_table_that_is_created_again_is_followed_from_the_start_of_its_new_stream()
    {
        using var engine = await Engine.CreateAsync(local);
        var hold = new TaskCompletionSource();
        var function = new FunctionOf(
            async (batch, cancellation) =>
            {
                await hold.Task.WaitAsync(cancellation);
                delivered.Collect(batch);
                return FunctionOf.Success;
            }
        );
        await using var source = await engine.StartAsync(function, ("BatchSize", "5"));
        await engine.PutAsync(1, 20);
        await engine.Client.DeleteTableAsync("command-records", TestContext.Current.CancellationToken);
        await engine.CreateCommandsAsync();
        await engine.PutAsync(21, 20);

        hold.SetResult();
        await Eventually.TrueAsync(() => delivered.Count >= 40, "both streams are delivered");

        Assert.Equal(Ids(1, 40), delivered);
    }

    [Fact]
    public async Task A_table_created_again_while_nobody_was_there_loses_nothing_of_its_old_stream()
    {
        using var engine = await Engine.CreateAsync(local);
        await engine.PutAsync(1, 5);
        await using (await engine.StartAsync(delivered.Collecting()))
            await Eventually.TrueAsync(() => delivered.Count >= 5, "the first are delivered");
        await engine.PutAsync(6, 5);
        await engine.Client.DeleteTableAsync("command-records", TestContext.Current.CancellationToken);
        await engine.CreateCommandsAsync();
        await engine.PutAsync(11, 5);

        await using var source = await engine.StartAsync(delivered.Collecting());
        await Eventually.TrueAsync(() => delivered.Count >= 15, "both streams are delivered");

        Assert.Equal(Ids(1, 15), delivered);
    }

    [Fact]
    public async Task Streams_that_came_and_went_while_nobody_was_there_are_delivered_one_after_another()
    {
        using var engine = await Engine.CreateAsync(local);
        await engine.PutAsync(1, 5);
        await using (await engine.StartAsync(delivered.Collecting()))
            await Eventually.TrueAsync(() => delivered.Count >= 5, "the first are delivered");
        for (var stream = 1; stream <= 3; stream++)
        {
            await engine.Client.DeleteTableAsync("command-records", TestContext.Current.CancellationToken);
            await engine.CreateCommandsAsync();
            await engine.PutAsync(1 + (stream * 5), 5);
        }

        await using var source = await engine.StartAsync(delivered.Collecting());
        await Eventually.TrueAsync(() => delivered.Count >= 20, "all streams are delivered");

        Assert.Equal(Ids(1, 20), delivered);
    }

    [Fact]
    public async Task A_table_that_is_not_there_yet_is_waited_for()
    {
        using var engine = await Engine.CreateAsync(local, commands: false);
        await using var source = await engine.StartAsync(delivered.Collecting());
        await Eventually.TrueAsync(() => source.Status.State == EventSourceState.WaitingForStream, "it waits");

        await engine.CreateCommandsAsync();
        await engine.PutAsync(1, 3);

        await Eventually.TrueAsync(() => delivered.Count >= 3, "all is delivered");
    }
}
