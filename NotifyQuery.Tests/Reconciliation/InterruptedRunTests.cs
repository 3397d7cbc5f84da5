using System.Globalization;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Failures;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Reconciliation.DeadLetterRuns;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>A run over many dead letters that is interrupted, and goes on or begins again.</summary>
public sealed class InterruptedRunTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>1,200 letters: of commands that can be projected, that cannot, and that are gone.</summary>
    [Theory]
    [InlineData(FailureOperation.Retry)]
    [InlineData(FailureOperation.Discard)]
    public async Task A_run_that_is_interrupted_goes_on_does_nothing_twice_and_leaves_alone_what_arrives_meanwhile(
        FailureOperation operation
    )
    {
        const int Count = 1200;
        using var pipeline = await Pipeline.CreateAsync(engine);
        var states = Enumerable
            .Range(0, Count)
            .Where(number => number % 3 != 2)
            .Select(number => number % 3 == 0 ? Command(Id(number)) : Command(Id(number)).With(AttributeNames.Channel, "fax"))
            .ToList();
        await WriteAsync(pipeline, pipeline.Tables.Names.CommandRecords, states.Select(ItemOf));
        await WriteAsync(
            pipeline,
            pipeline.Tables.Names.ProjectionFailures,
            Enumerable.Range(0, Count).Select(number => ItemOf(Letter($"event-{number:D5}", Id(number), Now.AddSeconds(-number))))
        );

        var first = await InterruptAsync(pipeline, operation, 300);
        await KeepAsync(pipeline, Letter("late", "tx-00000", Now.AddHours(-1)) with { ErrorMessage = "arrived meanwhile" });
        var second = await InterruptAsync(pipeline, operation, 200);
        var last = await RunAsync(pipeline, operation, Everything);
        var letters = await pipeline.Tables.AllAsync(pipeline.Tables.Names.ProjectionFailures, Token);

        var failing = operation is FailureOperation.Retry ? Count / 3 : 0;
        Assert.InRange(first.Settled + first.Failed, 1, Count - 1);
        Assert.True(second.Run!.Continued && last.Run!.Continued && last.Run.Id == first.Run!.Id, "it is one run");
        Assert.InRange(last.SettledBefore + last.FailedBefore, first.Settled + first.Failed + second.Settled + second.Failed, Count - 1);
        Assert.Equal((Count - failing, failing), (last.SettledBefore + last.Settled, last.FailedBefore + last.Failed));
        Assert.Equal(1, last.Arrived);
        Assert.Equal(Count - failing, letters.Count(letter => letter["resolved"].BOOL is true));
        // One more attempt for those that failed, no more for anybody.
        Assert.Equal(failing, letters.Count(letter => letter["attempts"].N is "2"));
        Assert.Equal(Count + 1 - failing, letters.Count(letter => letter["attempts"].N is "1"));
        Assert.False(letters.Single(letter => letter["event_id"].S == "late")["resolved"].BOOL);
        Assert.Equal(operation is FailureOperation.Retry ? Count / 3 : 0, (await pipeline.VisibleAsync()).Count);
        Assert.Empty(await pipeline.Tables.AllAsync(pipeline.Tables.Names.StreamCheckpoints, Token)); // the run has ended
        if (operation is FailureOperation.Retry)
            Assert.All((await pipeline.ReconcileAsync()).Findings, finding => Assert.Equal(Discrepancy.Failed, finding.Kind));
    }

    [Fact]
    public async Task A_run_that_was_interrupted_is_begun_again_where_that_is_asked_for_or_the_selection_is_another()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await KeepAsync(pipeline, Letter("a", "tx-1", Now), Letter("b", null, Now));
        var runs = new FailureRuns(pipeline.Client, pipeline.Tables.Names, TimeProvider.System);
        var old = await runs.BeginAsync("name", Everything.Window, restart: false, Token);

        Assert.Equal(
            old with
            {
                Continued = true,
                StartedAt = Cut(old.StartedAt),
                Window = new(Cut(Everything.Window.Since)),
            },
            await runs.BeginAsync("name", new(Now), restart: false, Token)
        );
        Assert.NotEqual(old.Id, (await runs.BeginAsync("other", Everything.Window, restart: false, Token)).Id);
        Assert.False((await runs.BeginAsync("name", Everything.Window, restart: true, Token)).Continued);
        await runs.EndAsync("name", Token);
        Assert.False((await runs.BeginAsync("name", Everything.Window, restart: false, Token)).Continued);
    }

    /// <summary>Stops a run when it has done so many letters.</summary>
    private static async Task<FailureRunReport> InterruptAsync(Pipeline pipeline, FailureOperation operation, int after)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var report = new FailureRunReport(operation, dryRun: false);
        var running = DeadLetterRuns.Operations(pipeline).RunAsync(operation, Everything, new(), report, stop.Token);
        while (report.Settled + report.Failed < after && !running.IsCompleted)
            await Task.WhenAny(running, Task.Delay(5, Token));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        return report;
    }

    private static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"tx-{number:D5}");

    private static Item ItemOf(CommandState state) =>
        state.Attributes.ToDictionary(attribute => attribute.Key, attribute => new AttributeValue(attribute.Value.Text));

    private static Item ItemOf(DeadLetter letter) =>
        new()
        {
            ["failure_day"] = new(Timestamp.DayOf(Timestamp.Format(letter.CommittedAt))),
            ["failed_at"] = new($"{Timestamp.Format(letter.CommittedAt)}#{letter.EventId}"),
            ["event_id"] = new(letter.EventId),
            ["error_type"] = new(letter.ErrorType),
            ["error_message"] = new(letter.ErrorMessage),
            ["attempts"] = new() { N = "1" },
            ["resolved"] = new() { BOOL = false },
            ["record"] = new(letter.Record),
            [AttributeNames.TransactionId] = new(letter.TransactionId),
            [AttributeNames.CreatedAt] = new(letter.CreatedAt),
        };

    private static Task WriteAsync(Pipeline pipeline, string table, IEnumerable<Item> items) =>
        Parallel.ForEachAsync(
            items.Chunk(25),
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token },
            async (chunk, token) =>
                Assert.Empty(
                    (
                        await pipeline.Tables.Client.BatchWriteItemAsync(
                            new BatchWriteItemRequest
                            {
                                RequestItems = new() { [table] = [.. chunk.Select(item => new WriteRequest(new PutRequest(item)))] },
                            },
                            token
                        )
                    ).UnprocessedItems
                        ?? []
                )
        );
}
