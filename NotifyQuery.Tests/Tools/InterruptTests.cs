using System.Globalization;
using System.Text.RegularExpressions;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Seeding;
using NotifyQuery.Tests.Reconciliation;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Tools.PipelineTool;
using static NotifyQuery.Tests.Tools.SampleCommands;

namespace NotifyQuery.Tests.Tools;

/// <summary>Ctrl-C while a command is at work: what it says it did, and what is left.</summary>
public sealed class InterruptTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ctrl_C_during_a_comparison_or_a_rebuild_prints_the_progress_and_a_rebuild_continues_from_there()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await PutManyAsync(pipeline, 600); // one page of 500, and more
        await using var proxy = await FaultyProxy.StartAsync(engine.Endpoint, NoPageAfter(1));

        var compared = await InterruptAsync(proxy, pipeline, "reconcile", "--settle", "0", "--segments", "1");
        proxy.Rule = NoPageAfter(3);
        var rebuilt = await InterruptAsync(proxy, pipeline, "rebuild", "--segments", "1");
        var shown = (await pipeline.VisibleAsync()).Count;
        var rest = await RunAsync(pipeline, "rebuild", "--segments", "1");

        Assert.Equal((130, "Stopped. 500 commands and 0 notifications compared: 500 missing, 0 stale, 0 orphaned, 0 failed."), compared);
        Assert.Equal(
            (
                130,
                "Stopped. 500 commands and 0 notifications compared: 500 missing, 0 stale, 0 orphaned, 0 failed; 500 repaired, 0 "
                    + "changed meanwhile."
            ),
            rebuilt
        );
        Assert.Equal(500, shown);
        Assert.Equal(
            (
                0,
                "100 commands and 0 notifications compared: 100 missing, 0 stale, 0 orphaned, 0 failed; 100 repaired, 0 changed meanwhile."
            ),
            (rest.ExitCode, rest.Output[^1])
        );
        Assert.Equal(600, (await pipeline.VisibleAsync()).Count);

        static Func<ProxiedRequest, Fault> NoPageAfter(int number) =>
            request => request.Operation == "Scan" && request.Number > number ? Fault.Hang : Fault.None;
    }

    [Fact]
    public async Task Ctrl_C_during_a_run_over_dead_letters_prints_how_many_are_settled()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var now = TimeProvider.System.GetUtcNow();
        string[] letters =
        [
            await StoreDeadLetterAsync(pipeline, "event-1", now, Ann),
            await StoreDeadLetterAsync(pipeline, "event-2", now.AddSeconds(-1), Bob),
            await StoreDeadLetterAsync(pipeline, "event-3", now.AddSeconds(-2), Bob),
        ];
        await pipeline.PutAsync(Ann);
        await using var proxy = await FaultyProxy.StartAsync(engine.Endpoint, NoneAfter(1));

        var retried = await InterruptAsync(proxy, pipeline, "failures", "retry", "--all", "--yes");
        proxy.Rule = NoneAfter(3);
        var discarded = await InterruptAsync(proxy, pipeline, "failures", "discard", letters[1], letters[2]);
        var left = await RunAsync(pipeline, "failures", "list");

        Assert.Equal((130, "Stopped. 1 settled, 0 failed again. Run the same command again: it continues."), retried);
        Assert.Equal((130, "Stopped. 1 discarded."), discarded);
        Assert.Equal("1 dead letters in the last 7 days.", left.Output[^1]);

        static Func<ProxiedRequest, Fault> NoneAfter(int number) =>
            request => request.Operation == "UpdateItem" && request.Number > number ? Fault.Hang : Fault.None;
    }

    [Fact]
    public async Task Ctrl_C_during_seeding_prints_how_many_items_were_written_and_the_same_command_writes_the_rest()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await using var proxy = await FaultyProxy.StartAsync(
            engine.Endpoint,
            request => request.Operation == "BatchWriteItem" && request.Number > 4 ? Fault.Hang : Fault.None
        );
        string[] seed = ["seed", "--count", "200", "--concurrency", "1", "--newest", "2026-11-22"];

        var stopped = await InterruptAsync(proxy, pipeline, seed);
        var again = await RunAsync(pipeline, seed);

        Assert.Equal((130, "Stopped. 100 items were written; it is safe to run the same command again."), stopped);
        Assert.Equal(0, again.ExitCode);
        Assert.StartsWith("200 items in ", again.Output[^1], StringComparison.Ordinal);
        Assert.Equal(200, (await pipeline.VisibleAsync()).Count);
    }

    [Fact]
    public async Task Ctrl_C_ends_a_simulation_which_says_what_it_wrote()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        // 16 writes at most are under way at once, so that most of the first 100 are answered when a later one hangs.
        await using var proxy = await FaultyProxy.StartAsync(
            engine.Endpoint,
            request => request is { Operation: "PutItem", Number: > 100 } ? Fault.Hang : Fault.None
        );

        var (exitCode, said) = await InterruptAsync(proxy, pipeline, "simulate-writes", "--count", "1000");

        Assert.Equal(130, exitCode);
        var writes = Assert.Single(Regex.Matches(said, @"^Stopped\. ([0-9]+) writes in ")).Groups[1].Value;
        Assert.InRange(int.Parse(writes, CultureInfo.InvariantCulture), 84, 120); // 100 puts, and the removals between them
    }

    [Fact]
    public async Task Ctrl_C_while_a_report_checks_the_stream_leaves_neither_a_file_nor_the_marked_record()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await using var proxy = await FaultyProxy.StartAsync(
            engine.Endpoint,
            request => request is { Operation: "GetItem", Table: "notification-records" } ? Fault.Hang : Fault.None
        );
        var file = Path.Combine(Path.GetTempPath(), $"report-{Guid.NewGuid():N}.md");

        var stopped = await InterruptAsync(proxy, pipeline, "report", "--output", file);

        Assert.Equal(
            (130, "Stopped. No report is written: stopped at: checking the stream. Stream check: the marked record is removed."),
            stopped
        );
        Assert.False(File.Exists(file));
        Assert.Empty(await pipeline.Tables.AllAsync(pipeline.Tables.Names.CommandRecords, Token));
    }

    /// <summary>Presses Ctrl-C when the engine no longer answers; returns the exit code and the output.</summary>
    private static async Task<(int ExitCode, string Said)> InterruptAsync(FaultyProxy proxy, Pipeline pipeline, params string[] command)
    {
        var before = proxy.Count(Fault.Hang);
        using var process = ToolProcess.Start(EnvironmentOf(pipeline), [.. command, "--endpoint", proxy.Endpoint.ToString()]);
        await Distributed.RunningSystem.EventuallyAsync("it is at work", () => Task.FromResult(proxy.Count(Fault.Hang) > before));
        var said = await process.InterruptAsync();
        return (process.ExitCode, said);
    }

    private static async Task PutManyAsync(Pipeline pipeline, int count)
    {
        var records = Seeder.Records(new() { Count = count, Newest = TimeProvider.System.GetUtcNow() });
        foreach (var batch in records.Chunk(25))
            await pipeline.Tables.Client.BatchWriteItemAsync(
                new BatchWriteItemRequest
                {
                    RequestItems = new()
                    {
                        [pipeline.Tables.Names.CommandRecords] =
                        [
                            .. batch.Select(record => new WriteRequest(new PutRequest(CommandItem.Of(record)))),
                        ],
                    },
                },
                Token
            );
    }
}
