using System.Collections.Concurrent;
using System.Text.Json;
using NotifyQuery.EventSource.Rules;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.DeliveredTransactions;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What is delivered of the stream of a real DynamoDB Local; only the function is ours.</summary>
public sealed class DeliveryOnEngineTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private readonly ConcurrentQueue<string> delivered = new();

    [Fact]
    public async Task From_TRIM_HORIZON_everything_that_was_written_before_the_start_is_delivered_in_order_with_both_images()
    {
        using var engine = await Engine.CreateAsync(local);
        await engine.PutAsync(1, 50);
        await engine.PutAsync("tx-00001", "SENT");
        var records = new ConcurrentQueue<ChangeRecord>();
        var function = new FunctionOf(batch =>
        {
            foreach (var record in batch)
                records.Enqueue(record);
            return FunctionOf.Success;
        });

        await using var source = await engine.StartAsync(function, ("BatchSize", "20"), ("ParallelizationFactor", "3"));
        await Eventually.TrueAsync(() => records.Count == 51, "all is delivered");

        Assert.All(function.Batches, batch => Assert.InRange(batch.Length, 1, 20));
        var changes = records.Where(record => record.ItemKey.Contains("tx-00001", StringComparison.Ordinal)).ToList();
        using var first = JsonDocument.Parse(changes[0].Json);
        using var second = JsonDocument.Parse(changes[1].Json);
        Assert.Equal("INSERT", first.RootElement.GetProperty("eventName").GetString());
        Assert.False(first.RootElement.GetProperty("dynamodb").TryGetProperty("OldImage", out _));
        Assert.Equal("MODIFY", second.RootElement.GetProperty("eventName").GetString());
        Assert.Equal(
            "SENT",
            second.RootElement.GetProperty("dynamodb").GetProperty("NewImage").GetProperty("status").GetProperty("S").GetString()
        );
        Assert.Equal(
            "PENDING",
            second.RootElement.GetProperty("dynamodb").GetProperty("OldImage").GetProperty("status").GetProperty("S").GetString()
        );
        Assert.EndsWith(source.Status.StreamArn!, second.RootElement.GetProperty("eventSourceARN").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_LATEST_only_what_is_written_after_the_start_is_delivered()
    {
        using var engine = await Engine.CreateAsync(local);
        await engine.PutAsync(1, 5);
        await using var source = await engine.StartAsync(delivered.Collecting(), ("StartingPosition", "LATEST"));
        await Eventually.TrueAsync(() => source.Status.Report().Shards.Count > 0, "it is at its shard");
        var from = 100;
        await Eventually.TrueAsync(
            async () =>
            {
                await engine.PutAsync(from++, 1);
                return !delivered.IsEmpty;
            },
            "something new is delivered"
        );

        Assert.All(delivered, id => Assert.True(string.CompareOrdinal(id, "tx-00100") >= 0, $"{id} was there before"));
    }

    [Fact]
    public async Task What_no_filter_takes_is_never_delivered_and_not_read_again_after_a_restart()
    {
        (string, string)[] filter =
        [
            (
                "FilterCriteria:Filters:0:Pattern",
                """{"eventName":["INSERT"],"dynamodb":{"NewImage":{"transaction_id":{"S":[{"suffix":"3"}]}}}}"""
            ),
            ("FilterCriteria:Filters:1:Pattern", """{"eventName":["MODIFY"]}"""),
        ];
        using var engine = await Engine.CreateAsync(local);
        await engine.PutAsync(1, 30);
        await using (var source = await engine.StartAsync(delivered.Collecting(_ => FunctionOf.Success), filter))
            await Eventually.TrueAsync(
                () =>
                    source.Status.Report().Shards.Any(shard => shard.Checkpoint is not null && shard.Outstanding == 0)
                    && delivered.Count == 3,
                "all is done"
            );
        await engine.PutAsync("tx-00099", "SENT");
        await engine.PutAsync("tx-00001", "SENT");
        await using (var restarted = await engine.StartAsync(delivered.Collecting(_ => FunctionOf.Success), filter))
            await Eventually.TrueAsync(() => delivered.Count == 4, "the change is delivered");

        Assert.Equal(["tx-00001", "tx-00003", "tx-00013", "tx-00023"], delivered.Order());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 4)]
    [InlineData(10_000, 10)]
    public async Task Batch_size_and_parallelization_change_neither_what_is_delivered_nor_the_order_of_an_item(int batchSize, int lanes)
    {
        using var engine = await Engine.CreateAsync(local);
        string[] history = ["PENDING", "SENT", "DELIVERED", "READ"];
        foreach (var status in history)
        {
            for (var item = 0; item < 15; item++)
                await engine.PutAsync(Text(item), status);
        }

        var seen = new ConcurrentDictionary<string, ConcurrentQueue<string>>();
        var function = new FunctionOf(batch =>
        {
            foreach (var record in batch)
                seen.GetOrAdd(record.ItemKey, _ => new()).Enqueue(StatusOf(record));
            return FunctionOf.Success;
        });
        await using var source = await engine.StartAsync(function, ("BatchSize", Text(batchSize)), ("ParallelizationFactor", Text(lanes)));
        await Eventually.TrueAsync(() => source.Status.Report().RecordsDone == 60, "all is done");

        Assert.Equal(15, seen.Count);
        Assert.All(seen.Values, statuses => Assert.Equal(history, statuses));
    }

    private static string StatusOf(ChangeRecord record)
    {
        using var json = JsonDocument.Parse(record.Json);
        return json.RootElement.GetProperty("dynamodb").GetProperty("NewImage").GetProperty("status").GetProperty("S").GetString()!;
    }
}
