using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.Lambdas.StreamProcessor;
using NotifyQuery.Operations;
using NotifyQuery.Operations.Failures;
using NotifyQuery.Operations.Inspection;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.EventSource;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.OddItems;

/// <summary>
/// The same on a real engine, with the real event source and function, and with the operator's tools. For a long run see
/// <see cref="OddRuns"/>.
/// </summary>
public sealed class OddItemsOnEngineTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private const int BatchesOfOneSystem = 50;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_good_command_is_shown_every_bad_one_is_a_dead_letter_nothing_waits_and_the_tools_work_on_it()
    {
        var batches = OddBatch
            .Any(onlyReturned: false, largeInHundred: 5)
            .Generator.Sample(OddRuns.Number("NOTIFYQUERY_ODD_ENGINE_BATCHES", 12), OddRuns.Seed, size: 50);
        var (writes, refused) = (0, 0);
        foreach (var some in batches.Chunk(BatchesOfOneSystem))
        {
            using var engine = await Engine.CreateAsync(local);
            var run = new Run(engine);
            var function = new Processor(
                new(
                    new BatchProjector(run.Store, run.DeadLetters, TimeProvider.System, concurrency: 8),
                    null,
                    TimeProvider.System,
                    NullLogger<StreamProcessorFunction>.Instance
                ),
                TimeSpan.FromSeconds(30)
            );
            await using var source = await engine.StartAsync(
                function,
                ("FunctionResponseTypes:0", "ReportBatchItemFailures"),
                ("BatchSize", "1000"),
                ("ParallelizationFactor", "2")
            );
            foreach (var batch in some)
                await run.WriteAsync(batch);

            await Eventually.TrueAsync(
                () => source.Status.Report().RecordsDone >= run.Commands.Expected,
                $"all {run.Commands.Expected} records are done"
            );

            Assert.Empty(function.Thrown);
            await run.CompareAsync();
            await run.UseToolsAsync();
            (writes, refused) = (writes + run.Commands.Expected, refused + run.Commands.Refused);
        }

        Assert.True(refused * 50 <= writes, $"the engine refused {refused} of {writes} writes that the generator takes for possible");
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"seed {OddRuns.SeedNumber}: {batches.Length} batches, {writes} stream records, {refused} writes refused by the engine"
        );
    }

    /// <summary>One system, and what must become of what is written to it.</summary>
    private sealed class Run(Engine engine)
    {
        private readonly TableNames tables = new();

        public OddTable Commands { get; } = new();

        public DynamoDBProjectionStore Store => new(engine.Client, tables, TimeProvider.System);

        public DynamoDBDeadLetters DeadLetters => new(engine.Client, tables);

        private FailureLog Log => new(engine.Client, tables, TimeProvider.System);

        public async Task WriteAsync(OddBatch batch)
        {
            using var raw = new RawDynamoDb(engine.Endpoint, engine.Credentials);
            foreach (var (slot, state) in batch.Writes)
                await Commands.WriteAsync(raw, batch.Keys[slot], state, Token);
        }

        /// <summary>The tables and the dead letters are what the writes make of them.</summary>
        public async Task CompareAsync()
        {
            foreach (var change in Commands.CurrentlyGood)
            {
                var record = change.After!.Record(change.Key);
                var item = (
                    await engine.Client.GetItemAsync(
                        "notification-records",
                        new() { ["user_id"] = new(record.UserId), ["created_at"] = new(record.Key.SortKey) },
                        true,
                        Token
                    )
                ).Item;
                Assert.Equal(
                    (record.TransactionId, record.Title, record.Body, record.CampaignId, record.ErrorMessage, record.UpdatedAt),
                    (
                        item["transaction_id"].S,
                        item.GetValueOrDefault("title")?.S,
                        item.GetValueOrDefault("body")?.S,
                        item.GetValueOrDefault("campaign_id")?.S,
                        item.GetValueOrDefault("error_message")?.S,
                        item.GetValueOrDefault("updated_at")?.S
                    )
                );
            }

            Agree(await ReconcileAsync());

            Commands.AssertLetters(await LettersAsync());
        }

        public async Task UseToolsAsync()
        {
            using var http = new HttpClient();
            var inspected = await new Inspector(engine.Client, tables, http, TimeProvider.System).InspectAsync(
                new SystemAddresses(),
                7,
                null,
                Token
            );
            Assert.Equal(Commands.Bad.Count, inspected.DeadLetters.Sum(letters => letters.Letters));

            // As if everything that is shown were lost, and then the letters were tried again.
            foreach (var change in Commands.CurrentlyGood)
            {
                var key = change.After!.Record(change.Key).Key;
                await engine.Client.DeleteItemAsync(
                    "notification-records",
                    new() { ["user_id"] = new(key.UserId), ["created_at"] = new(key.SortKey) },
                    Token
                );
            }

            var rebuilt = new ReconcileReport();
            await Reconciler.RebuildAsync(2, restart: true, rebuilt, Token);
            Assert.Equal(Commands.CurrentlyGood.Count, rebuilt.Repaired);
            Agree(await ReconcileAsync(repair: true));

            foreach (var letter in await LettersAsync())
            {
                var shown = await Log.FindAsync(letter.Id, Token);
                Assert.Equal(letter, shown);
                var problem = await Log.RetryAsync(letter, Reconciler, Token);
                if (letter.TransactionId is null || letter.CreatedAt is null)
                    Assert.Contains("names no command", problem, StringComparison.Ordinal);
                else
                {
                    var command = Commands.Current.FirstOrDefault(c =>
                        c.Key.TransactionId.Json == OddValue.StringJson(letter.TransactionId)
                        && c.Key.CreatedAt.Json == OddValue.StringJson(letter.CreatedAt)
                    );
                    Assert.Equal(command is { Faults.Count: > 0 }, problem is not null);
                }

                if (problem is not null)
                    await Log.ResolveAsync(letter, "discarded", Token);
            }

            Assert.Empty(await LettersAsync());
            Agree(await ReconcileAsync());
        }

        private Reconciler Reconciler => new(engine.Client, tables, TimeProvider.System);

        private async Task<ReconcileReport> ReconcileAsync(bool repair = false)
        {
            var report = new ReconcileReport();
            await Reconciler.ReconcileAsync(
                new()
                {
                    Settle = TimeSpan.Zero,
                    Segments = 2,
                    Repair = repair,
                },
                report,
                Token
            );
            return report;
        }

        private void Agree(ReconcileReport report)
        {
            Assert.True(
                report.Agree,
                report.Summary()
                    + $" {string.Join(Environment.NewLine, report.Findings.Where(finding => finding.Kind is not Discrepancy.Failed))}"
            );
            Assert.Equal(
                (Commands.Current.Count, Commands.CurrentlyGood.Count, Commands.Current.Count - Commands.CurrentlyGood.Count),
                ((int)report.Commands, (int)report.Notifications, (int)report.Count(Discrepancy.Failed))
            );
        }

        private async Task<List<StoredDeadLetter>> LettersAsync()
        {
            var letters = new List<StoredDeadLetter>();
            await foreach (var letter in Log.ListAsync(2, withResolved: false, Token))
                letters.Add(letter);
            return letters;
        }
    }
}
