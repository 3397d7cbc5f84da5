using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.EventSource;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>
/// The real write path (stream, event source, StreamProcessor) on a real engine, whose table of commands gets other streams on the way.
/// </summary>
public sealed class ReplacedStreamOnEngineTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_stream_that_is_switched_off_and_on_and_a_table_that_is_made_again_from_a_copy_lose_nothing(int seed)
    {
        await using var path = await FaultyWritePath.StartAsync(local, _ => Fault.None);
        await using var source = await path.StartEventSourceAsync(path.Function(), ("BatchSize", "20"));
        var history = CommandHistory.Of(seed, 90, $"stream{seed}");

        foreach (var (index, write) in history.Writes.Index())
        {
            if (index % 30 == 10)
                await SwitchAsync(path.Engine.Client, false, true);
            if (index % 30 == 20)
                await RestoreAsync(path.Engine);
            await write.ApplyAsync(path.Engine.Client, Token);
        }

        await AgreesAsync(path, source, history);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public async Task What_was_written_while_there_was_no_stream_is_brought_in_by_a_repair_and_the_new_stream_goes_on_from_there(int seed)
    {
        await using var path = await FaultyWritePath.StartAsync(local, _ => Fault.None);
        await using var source = await path.StartEventSourceAsync(path.Function(), ("BatchSize", "20"));
        var history = CommandHistory.Of(seed, 90, $"gap{seed}");

        foreach (var (index, write) in history.Writes.Index())
        {
            if (index % 30 == 10)
                await SwitchAsync(path.Engine.Client, false);
            if (index % 30 == 20)
                await SwitchAsync(path.Engine.Client, true);
            if (index == 75)
                await RepairAsync(path); // changes before it and after it are still under way
            await write.ApplyAsync(path.Engine.Client, Token);
        }

        await DoneAsync(path, source);
        await RepairAsync(path);
        await AgreesAsync(path, source, history);
    }

    /// <summary>The tables agree, what is shown is the fold of the history, and a repair finds nothing to do.</summary>
    private static async Task AgreesAsync(FaultyWritePath path, RunningEventSource source, CommandHistory history)
    {
        var report = new ReconcileReport();
        await DoneAsync(path, source);
        await Reconciler(path).ReconcileAsync(new() { Settle = TimeSpan.Zero, Segments = 1 }, report, Token);
        Assert.DoesNotContain(report.Findings, finding => finding.Kind is not Discrepancy.Failed);
        Assert.Equal(history.Fold().Count, report.Notifications);
        var present = (await StreamAsync(path.Engine.Client))!.Split("/stream/")[1];
        Assert.All(
            await path.ItemsAsync("notification-records"),
            item =>
                Assert.True(
                    string.CompareOrdinal(item[AttributeNames.SourceVersion].S[..present.Length], present) <= 0,
                    item[AttributeNames.SourceVersion].S
                )
        );
    }

    /// <summary>Everything that was written so far is delivered: a command that was written last is shown.</summary>
    private static async Task DoneAsync(FaultyWritePath path, RunningEventSource source)
    {
        var last = CommandHistory.Of(999, 1, $"last{Guid.NewGuid():N}").Writes.Single(write => write.Kind is WriteKind.Put);
        await last.ApplyAsync(path.Engine.Client, Token);
        var key = new Dictionary<string, AttributeValue>
        {
            [AttributeNames.UserId] = new(last.Record.UserId),
            [AttributeNames.CreatedAt] = new(last.Record.Key.SortKey),
        };
        await Eventually.TrueAsync(
            async () => (await path.Engine.Client.GetItemAsync("notification-records", key, true, Token)).IsItemSet,
            $"the newest stream is delivered; the event source says {JsonSerializer.Serialize(source.Status.Report())}"
        );
        await (last with { Kind = WriteKind.Remove }).ApplyAsync(path.Engine.Client, Token);
        await Eventually.TrueAsync(
            async () =>
                (await path.Engine.Client.GetItemAsync("notification-records", key, true, Token)).Item?.ContainsKey(
                    AttributeNames.DeletedAt
                )
                    is true,
            "its removal is delivered"
        );
    }

    private static Task RepairAsync(FaultyWritePath path) =>
        Reconciler(path)
            .ReconcileAsync(
                new()
                {
                    Settle = TimeSpan.Zero,
                    Segments = 1,
                    Repair = true,
                },
                new(),
                Token
            );

    private static Reconciler Reconciler(FaultyWritePath path) => new(path.Engine.Client, new TableNames(), TimeProvider.System);

    private static async Task<string?> StreamAsync(AmazonDynamoDBClient client) =>
        (await client.DescribeTableAsync("command-records", Token)).Table.LatestStreamArn;

    private static async Task SwitchAsync(AmazonDynamoDBClient client, params bool[] states)
    {
        foreach (var on in states)
        {
            await client.UpdateTableAsync(
                new UpdateTableRequest
                {
                    TableName = "command-records",
                    StreamSpecification = on
                        ? new() { StreamEnabled = true, StreamViewType = StreamViewType.NEW_AND_OLD_IMAGES }
                        : new() { StreamEnabled = false },
                },
                Token
            );
        }
    }

    /// <summary>The table is lost, and comes back from a copy of its items, which the new stream tells as insertions.</summary>
    private static async Task RestoreAsync(Engine engine)
    {
        var items = await FaultyWritePath.ItemsAsync(engine.Client, "command-records");
        await engine.Client.DeleteTableAsync("command-records", Token);
        await engine.CreateCommandsAsync();
        foreach (var item in items)
            await engine.Client.PutItemAsync("command-records", item, Token);
    }
}
