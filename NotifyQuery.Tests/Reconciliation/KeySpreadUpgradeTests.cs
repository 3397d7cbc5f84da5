using System.Collections.Concurrent;
using System.Globalization;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Reconciliation.SpreadTables;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>
/// A query table gives way to one whose keys are spread otherwise, by the steps of docs/deploy.md, while commands are written and a reader
/// asks all the time.
/// </summary>
public sealed class KeySpreadUpgradeTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private const int Steady = 60;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 16)] // from the keys before there were any to choose
    [InlineData(16, 32)]
    [InlineData(16, 4)]
    public async Task A_query_table_gives_way_to_one_with_other_keys_and_every_read_is_answered_in_full(int former, int keys)
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var current = new TableNames
        {
            NotificationRecords = "notification-records-1",
            KeySpread = KeySpread.Parse(former.ToString(CultureInfo.InvariantCulture)),
        };
        var next = new TableNames { NotificationRecords = "notification-records-2", KeySpread = KeySpread.Over(keys) };
        await CreateAsync(pipeline, current);
        var log = new ConcurrentQueue<StreamChange>();
        for (var i = 0; i < Steady; i++)
            log.Enqueue(await pipeline.PutAsync(Command(i, "SENT")));
        using var first = new Processor(pipeline, log, current);
        await first.CatchUpAsync();

        using var stopWriting = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var stopReading = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var reader = new Reader(pipeline, current);
        var writing = WriteAsync(pipeline, log, stopWriting.Token);
        var processing = first.RunAsync(stopWriting.Token);
        var reading = reader.RunAsync(stopReading.Token);

        await CreateAsync(pipeline, next); // deploy.sh next-table
        using var stopSecond = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var second = new Processor(pipeline, log, next);
        var processingNext = second.RunAsync(stopSecond.Token);
        await new Reconciler(pipeline.Tables.Client, next, TimeProvider.System).RebuildAsync(2, restart: true, new(), Token);
        await reader.WalksAsync(2);
        reader.Tables = next; // deploy.sh serve next
        await reader.WalksAsync(2);
        var promoted = await first.ChangeTablesAsync(next); // deploy.sh promote
        while (second.Position < promoted)
            await Task.Delay(5, Token);
        await stopSecond.CancelAsync(); // deploy.sh finish
        await processingNext;
        await reader.WalksAsync(2);
        await stopWriting.CancelAsync();
        await Task.WhenAll(writing, processing);
        await first.CatchUpAsync();
        await stopReading.CancelAsync();
        await reading;

        Assert.True(log.Count > Steady, "nothing was written meanwhile");
        var report = new ReconcileReport();
        await new Reconciler(pipeline.Tables.Client, next, TimeProvider.System).ReconcileAsync(
            new() { Settle = TimeSpan.Zero },
            report,
            Token
        );
        Assert.Empty(report.Findings);
        Assert.True(report.Commands >= Steady);
        Assert.Equal(report.Commands, report.Notifications);
    }

    /// <summary>Commands that come, change and go beside the steady ones, until told to stop.</summary>
    private static async Task WriteAsync(Pipeline pipeline, ConcurrentQueue<StreamChange> log, CancellationToken stop)
    {
        var random = new Random(19);
        var there = new HashSet<int>();
        while (!stop.IsCancellationRequested)
        {
            var number = Steady + random.Next(40);
            if (there.Contains(number) && random.Next(3) == 0)
            {
                there.Remove(number);
                log.Enqueue(await pipeline.RemoveAsync(Command(number, "FAILED")));
            }
            else
            {
                there.Add(number);
                log.Enqueue(await pipeline.PutAsync(Command(number, random.Next(2) == 0 ? "SENT" : "FAILED")));
            }
        }
    }

    /// <summary>A processor at its own place in the stream, from the beginning on.</summary>
    private sealed class Processor(Pipeline pipeline, ConcurrentQueue<StreamChange> log, TableNames tables) : IDisposable
    {
        private readonly SemaphoreSlim oneBatch = new(1);
        private TableNames tables = tables;
        private volatile int position;

        public int Position => position;

        /// <summary>
        /// Lets it write other tables; returns the position of the first change that it writes there. The batch before still goes to the
        /// former ones, as the running invocations of a function do whose configuration is changed.
        /// </summary>
        public async Task<int> ChangeTablesAsync(TableNames others)
        {
            await oneBatch.WaitAsync(Token);
            var from = position;
            tables = others;
            oneBatch.Release();
            return from;
        }

        public async Task RunAsync(CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
                if (!await StepAsync())
                    await Task.Delay(2, CancellationToken.None);
        }

        public async Task CatchUpAsync()
        {
            while (await StepAsync()) { }
        }

        public void Dispose() => oneBatch.Dispose();

        private async Task<bool> StepAsync()
        {
            await oneBatch.WaitAsync(Token);
            try
            {
                StreamChange[] batch = [.. log.Skip(position).Take(10)];
                if (batch.Length == 0)
                    return false;
                var store = new DynamoDBProjectionStore(pipeline.Tables.Client, tables, TimeProvider.System);
                var projector = new BatchProjector(store, pipeline.Tables.DeadLetters, TimeProvider.System, 4);
                Assert.Empty((await projector.ProjectAsync(batch, Token)).Failed);
                position += batch.Length;
                return true;
            }
            finally
            {
                oneBatch.Release();
            }
        }
    }

    /// <summary>Walks through the campaign, the status and back, page by page: what stays must be there once in each walk.</summary>
    private sealed class Reader(Pipeline pipeline, TableNames tables)
    {
        private volatile int walks;

        // Read for each page: a walk goes on in the other table, behind the cursor that it has.
        public TableNames Tables { get; set; } = tables;

        public async Task RunAsync(CancellationToken stop)
        {
            NotificationQuery[] queries =
            [
                new()
                {
                    By = QueryKind.Campaign,
                    Value = Campaign,
                    Limit = 7,
                },
                new()
                {
                    By = QueryKind.Campaign,
                    Value = Campaign,
                    Limit = 20,
                    Order = QueryOrder.Ascending,
                    Status = NotificationStatus.Sent,
                },
                new()
                {
                    By = QueryKind.Status,
                    Value = "SENT",
                    From = "2026-11-22T00:00:00.000Z",
                    To = "2026-11-23T00:00:00.000Z",
                    Limit = 12,
                },
            ];
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var (query, seen) = (queries[i % queries.Length], new List<string>());
                do
                {
                    var page = await new DynamoDBNotificationReader(pipeline.Tables.Client, Tables).ReadAsync(query, Token);
                    seen.AddRange(page.Items.Select(item => item.TransactionId));
                    query = query with { After = page.Next };
                } while (query.After is not null);

                Assert.Equal(seen.Distinct().Count(), seen.Count);
                Assert.Equal(Steady, seen.Count(id => string.CompareOrdinal(id, $"tx-{Steady:D4}") < 0));
                walks++;
            }
        }

        public async Task WalksAsync(int count)
        {
            for (var end = walks + (count * 3); walks < end; )
                await Task.Delay(5, Token);
        }
    }
}
