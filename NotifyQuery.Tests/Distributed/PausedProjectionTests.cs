using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Control;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.EventSource;
using NotifyQuery.Tests.OddItems;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Distributed;

/// <summary>
/// The event source and the function as the processes that they are, on DynamoDB Local: paused under load, killed, started, resumed, reset.
/// In the suite the pause is short; <c>NOTIFYQUERY_PAUSED_SECONDS</c> and <c>NOTIFYQUERY_PAUSED_RATE</c> make it longer (docs/testing.md).
/// </summary>
public sealed class PausedProjectionTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private const int Writers = 16;
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Paused_under_load_killed_started_and_resumed_nothing_is_lost_and_a_reset_to_TRIM_HORIZON_leaves_the_same_table()
    {
        var (seconds, rate) = (OddRuns.Number("NOTIFYQUERY_PAUSED_SECONDS", 3), OddRuns.Number("NOTIFYQUERY_PAUSED_RATE", 200));
        using var engine = await Engine.CreateAsync(local);
        await using var processes = await WriteSideProcesses.StartAsync(engine);
        var control = new EventSourceControl(engine.Client, engine.Streams, new TableNames(), TimeProvider.System);
        var history = CommandHistory.Of(OddRuns.SeedNumber, rate * seconds * 2, curable: false);
        var writing = WriteAsync(engine, history, rate);
        await Eventually.TrueAsync(async () => (await ItemsAsync(engine, "notification-records")).Count > 0, "it delivers");

        await control.PauseAsync("the test", Within, Token);
        await PausedAgainAsync(control, processes);
        var (invocations, since) = (processes.Invocations, Stopwatch.GetTimestamp());
        await processes.KillAsync();
        processes.Run();
        await PausedAgainAsync(control, processes);
        await processes.StopEventSourceAsync(Within);
        processes.RunEventSource();
        await PausedAgainAsync(control, processes);
        var left = TimeSpan.FromSeconds(seconds) - Stopwatch.GetElapsedTime(since);
        if (left > TimeSpan.Zero)
            await Task.Delay(left, Token); // the pause lasts as long as was asked for
        Assert.Equal(invocations, processes.Invocations);
        var waiting = await control.StatusAsync(Token);
        Assert.NotNull(waiting.OldestWaitingSeconds);
        var pause = Stopwatch.GetElapsedTime(since);

        await control.ResumeAsync("the test", Within, Token);
        await Eventually.TrueAsync(
            async () => await control.StatusAsync(Token) is { Running: true, State: ProjectionState.Enabled, Taken: true },
            "it is resumed"
        );
        await writing;
        var written = Stopwatch.GetTimestamp();
        await DeliveredAsync(control);
        var caughtUp = Stopwatch.GetElapsedTime(written);
        var report = await AgreeAsync(engine);
        var (table, letters) = (await ItemsAsync(engine, "notification-records"), await ItemsAsync(engine, "projection-failures"));
        Assert.Equal(history.Poison, letters.Count);

        var before = processes.Invocations;
        await control.ResetAsync("trim-horizon", null, "the test", Within, Token);
        await Eventually.TrueAsync(async () => (await control.StatusAsync(Token)).Taken, "the reset is carried out");
        await Eventually.TrueAsync(() => processes.Invocations > before, "it delivers again");
        await processes.KillAsync();
        processes.Run();
        await DeliveredAsync(control);
        await AgreeAsync(engine);
        Assert.Equal(table, await ItemsAsync(engine, "notification-records"));
        Assert.Equal(letters.Keys, (await ItemsAsync(engine, "projection-failures")).Keys);
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"seed {OddRuns.SeedNumber}: {history.Writes.Count} writes at {rate}/s, paused for {pause.TotalSeconds:F0} s, all "
                    + $"delivered {caughtUp.TotalSeconds:F1} s after the last write: {report.Summary()} "
                    + $"After the reset to TRIM_HORIZON the same {table.Count} items and {letters.Count} dead letters; "
                    + $"{processes.Invocations} invocations in all."
            )
        );
    }

    /// <summary>
    /// A process that was killed seems to run until its lease expires: it must be the one that runs now that is paused. On a busy machine a
    /// lease may be lost for a moment, in which nobody carries out what was asked for; it is carried out with the next one.
    /// </summary>
    private static async Task PausedAgainAsync(EventSourceControl control, WriteSideProcesses processes) =>
        await Eventually.TrueAsync(
            async () =>
                await control.StatusAsync(Token) is { Running: true, State: ProjectionState.Disabled, Taken: true } status
                && status.Name!.Contains(processes.EventSourceId, StringComparison.Ordinal),
            "the event source that was started is paused"
        );

    private static async Task DeliveredAsync(EventSourceControl control) =>
        await Eventually.TrueAsync(
            async () => await control.StatusAsync(Token) is { OldestWaitingSeconds: null, Taken: true, Running: true },
            "nothing waits any more"
        );

    private static async Task<ReconcileReport> AgreeAsync(Engine engine)
    {
        var report = new ReconcileReport();
        await new Reconciler(engine.Client, new TableNames(), TimeProvider.System).ReconcileAsync(
            new() { Settle = TimeSpan.Zero },
            report,
            Token
        );
        Assert.Equal((0, 0, 0), (report.Count(Discrepancy.Missing), report.Count(Discrepancy.Stale), report.Count(Discrepancy.Orphaned)));
        return report;
    }

    /// <summary>Makes the writes at a rate; those to one command one after another.</summary>
    private static Task WriteAsync(Engine engine, CommandHistory history, int rate)
    {
        var started = Stopwatch.GetTimestamp();
        return Task.WhenAll(
            history
                .Writes.Index()
                .GroupBy(write => (uint)write.Item.Record.TransactionId.GetHashCode(StringComparison.Ordinal) % Writers)
                .Select(async writes =>
                {
                    foreach (var (number, write) in writes)
                    {
                        var due = TimeSpan.FromSeconds((double)number / rate) - Stopwatch.GetElapsedTime(started);
                        if (due > TimeSpan.Zero)
                            await Task.Delay(due, Token);
                        await write.ApplyAsync(engine.Client, Token);
                    }
                })
        );
    }

    /// <summary>All items of a table, each in one text, by key.</summary>
    private static async Task<SortedDictionary<string, string>> ItemsAsync(Engine engine, string table)
    {
        var items = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var request = new ScanRequest(table) { ConsistentRead = true };
        do
        {
            var page = await engine.Client.ScanAsync(request, Token);
            foreach (var item in page.Items ?? [])
            {
                var text = JsonSerializer.Serialize(
                    item.OrderBy(attribute => attribute.Key, StringComparer.Ordinal)
                        .ToDictionary(
                            attribute => attribute.Key,
                            attribute => attribute.Value.S ?? attribute.Value.N ?? $"{attribute.Value.BOOL}"
                        )
                );
                items.Add(
                    $"{item.GetValueOrDefault("user_id")?.S} {item.GetValueOrDefault("created_at")?.S} "
                        + $"{item.GetValueOrDefault("failed_at")?.S}",
                    text
                );
            }

            request.ExclusiveStartKey = page.LastEvaluatedKey;
        } while (request.ExclusiveStartKey is { Count: > 0 });
        return items;
    }
}
