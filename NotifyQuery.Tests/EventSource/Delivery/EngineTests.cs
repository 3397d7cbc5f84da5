using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.EventSource;

/// <summary>The event source on a real DynamoDB Local; only the function is ours.</summary>
public sealed class EngineTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private const string Reports = "FunctionResponseTypes:0";

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
        await using var source = await engine.StartAsync(Collecting(), ("StartingPosition", "LATEST"));
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
    public async Task A_function_that_throws_is_tried_again_and_nothing_is_dropped()
    {
        using var engine = await Engine.CreateAsync(local);
        var calls = 0;
        await using var source = await engine.StartAsync(
            Collecting(_ => Interlocked.Increment(ref calls) % 3 != 0 ? FunctionOf.Thrown : FunctionOf.Success),
            ("BatchSize", "10")
        );

        await engine.PutAsync(1, 60);
        await Eventually.TrueAsync(() => delivered.Count >= 60, "all is delivered");

        Assert.Equal(Ids(1, 60), delivered);
        Assert.Empty(await engine.FailuresAsync());
    }

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

                Collect(batch);
                return FunctionOf.Success;
            }
        );
        await using (await engine.StartAsync(function, ("BatchSize", "10")))
            await hanging.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal(Ids(1, 30), delivered);

        await using var source = await engine.StartAsync(Collecting(), ("BatchSize", "10"));
        await Eventually.TrueAsync(() => delivered.Count >= 50, "the rest is delivered");

        Assert.Equal(Ids(1, 50), delivered);
        Assert.Equal(["31", "32", "33", "34", "35", "36", "37", "38", "39", "40"], function.Batches.Last());
    }

    [Fact]
    public async Task Two_event_sources_deliver_each_record_once_and_the_second_takes_over_when_the_first_stops()
    {
        using var engine = await Engine.CreateAsync(local);
        var byFirst = new FunctionOf(batch => Collect(batch));
        var bySecond = new FunctionOf(batch => Collect(batch));
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
        await using var source = await engine.StartAsync(Collecting());
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

    [Fact]
    public async Task Poison_goes_to_projection_failures_after_its_budget_and_nothing_else_does()
    {
        using var engine = await Engine.CreateAsync(local);
        await engine.PutAsync(1, 40);
        await using var source = await engine.StartAsync(
            Collecting(batch => batch.Any(IsPoison) ? FunctionOf.Thrown : FunctionOf.Success),
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
        await using (var source = await engine.StartAsync(Collecting(_ => FunctionOf.Success), filter))
            await Eventually.TrueAsync(
                () =>
                    source.Status.Report().Shards.Any(shard => shard.Checkpoint is not null && shard.Outstanding == 0)
                    && delivered.Count == 3,
                "all is done"
            );
        await engine.PutAsync("tx-00099", "SENT");
        await engine.PutAsync("tx-00001", "SENT");
        await using (var restarted = await engine.StartAsync(Collecting(_ => FunctionOf.Success), filter))
            await Eventually.TrueAsync(() => delivered.Count == 4, "the change is delivered");

        Assert.Equal(["tx-00001", "tx-00003", "tx-00013", "tx-00023"], delivered.Order());
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

    [Fact]
    public async Task A_table_that_is_created_again_is_followed_from_the_start_of_its_new_stream()
    {
        using var engine = await Engine.CreateAsync(local);
        var hold = new TaskCompletionSource();
        var function = new FunctionOf(
            async (batch, cancellation) =>
            {
                await hold.Task.WaitAsync(cancellation);
                Collect(batch);
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
        await using (await engine.StartAsync(Collecting()))
            await Eventually.TrueAsync(() => delivered.Count >= 5, "the first are delivered");
        await engine.PutAsync(6, 5);
        await engine.Client.DeleteTableAsync("command-records", TestContext.Current.CancellationToken);
        await engine.CreateCommandsAsync();
        await engine.PutAsync(11, 5);

        await using var source = await engine.StartAsync(Collecting());
        await Eventually.TrueAsync(() => delivered.Count >= 15, "both streams are delivered");

        Assert.Equal(Ids(1, 15), delivered);
    }

    [Fact]
    public async Task Streams_that_came_and_went_while_nobody_was_there_are_delivered_one_after_another()
    {
        using var engine = await Engine.CreateAsync(local);
        await engine.PutAsync(1, 5);
        await using (await engine.StartAsync(Collecting()))
            await Eventually.TrueAsync(() => delivered.Count >= 5, "the first are delivered");
        for (var stream = 1; stream <= 3; stream++)
        {
            await engine.Client.DeleteTableAsync("command-records", TestContext.Current.CancellationToken);
            await engine.CreateCommandsAsync();
            await engine.PutAsync(1 + (stream * 5), 5);
        }

        await using var source = await engine.StartAsync(Collecting());
        await Eventually.TrueAsync(() => delivered.Count >= 20, "all streams are delivered");

        Assert.Equal(Ids(1, 20), delivered);
    }

    [Fact]
    public async Task A_table_that_is_not_there_yet_is_waited_for()
    {
        using var engine = await Engine.CreateAsync(local, commands: false);
        await using var source = await engine.StartAsync(Collecting());
        await Eventually.TrueAsync(() => source.Status.State == EventSourceState.WaitingForStream, "it waits");

        await engine.CreateCommandsAsync();
        await engine.PutAsync(1, 3);

        await Eventually.TrueAsync(() => delivered.Count >= 3, "all is delivered");
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

    private FunctionOf Collecting(Func<IReadOnlyList<ChangeRecord>, FunctionReply>? answer = null) =>
        new(batch =>
        {
            var reply = answer?.Invoke(batch) ?? FunctionOf.Success;
            if (reply == FunctionOf.Success)
                Collect(batch);
            return reply;
        });

    private FunctionReply Collect(IEnumerable<ChangeRecord> batch)
    {
        foreach (var record in batch)
            delivered.Enqueue(IdOf(record));
        return FunctionOf.Success;
    }

    private static string IdOf(ChangeRecord record)
    {
        var keys = JsonDocument.Parse(Encoding.UTF8.GetBytes(record.ItemKey));
        return keys.RootElement.GetProperty("transaction_id").GetProperty("S").GetString()!;
    }

    private static IEnumerable<string> Ids(int from, int count) =>
        Enumerable.Range(from, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"tx-{i:D5}"));

    private static bool IsPoison(ChangeRecord record) => IsPoisonId(IdOf(record));

    private static bool IsPoisonId(string id) => id.EndsWith('0');

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
