using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.NextTables;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>
/// The steps of the exchange of a query table on an engine, and which of them are refused; the system that carries them out is played here.
/// </summary>
public sealed class NextTableStepsTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("next-table-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Each_step_is_refused_until_the_one_before_is_done_and_the_last_leaves_one_table()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.PutAsync(CommandState.Of("tx-1", "2026-11-22T08:15:30.123Z", "ann").With(AttributeNames.Status, "SENT"));
        var names = pipeline.Tables.Names;
        var (first, second) = (
            new QueryTable(names.NotificationRecords, names.KeySpread.Keys),
            new QueryTable(names.NotificationRecords + "-2", 3)
        );
        var file = new QueryTablesFile(Path.Combine(folder, "tables.json"));
        using var end = new CancellationTokenSource();
        var system = CarryOutAsync(file, end.Token);
        var steps = new NextTable(file, pipeline.Tables.Client, names, TimeProvider.System);

        Assert.Contains("There is no next table", await RefusedAsync(steps.PromoteAsync(Token)), StringComparison.Ordinal);
        await file.ChangeAsync(tables => tables with { Current = first, Next = second }, Token);
        await CreateLikeAsync(pipeline, names.NotificationRecords, second.Name);
        await CreateLikeAsync(pipeline, names.StreamCheckpoints, NextTable.CheckpointsOf(second));

        Assert.Contains("1 missing", await RefusedAsync(steps.ServeAsync(next: true, Token)), StringComparison.Ordinal);
        Assert.Contains("serve next", await RefusedAsync(steps.PromoteAsync(Token)), StringComparison.Ordinal);
        var report = new ReconcileReport();
        await steps.FillAsync(2, restart: false, report, Token);
        Assert.Equal((1, 1), (report.Count(Discrepancy.Missing), report.Repaired));
        Assert.Equal(second, (await steps.ServeAsync(next: true, Token)).Tables.Served);
        Assert.Contains("promote", await RefusedAsync(steps.FinishAsync(Token)), StringComparison.Ordinal);
        Assert.Equal(
            (second, first, second),
            (await steps.PromoteAsync(Token)).Tables is var promoted ? (promoted.Current, promoted.Former, promoted.Served) : default
        );
        Assert.Contains("run finish to complete", await RefusedAsync(steps.ServeAsync(next: false, Token)), StringComparison.Ordinal);
        Assert.Contains("run finish to complete", (await steps.StatusAsync(Token)).Summary, StringComparison.Ordinal);
        var finished = await steps.FinishAsync(Token);

        Assert.Equal((second, null, null), (finished.Tables.Current, finished.Tables.Next, finished.Tables.Former));
        foreach (var gone in (string[])[first.Name, NextTable.CheckpointsOf(second)])
            await Assert.ThrowsAsync<ResourceNotFoundException>(() => pipeline.Tables.Client.DescribeTableAsync(gone, Token));
        Assert.Contains("There is no next table", await RefusedAsync(steps.FinishAsync(Token)), StringComparison.Ordinal);
        await end.CancelAsync();
        await system;
    }

    private static async Task<string> RefusedAsync(Task step) => (await Assert.ThrowsAsync<NextTableRefusedException>(() => step)).Message;

    private static async Task CarryOutAsync(QueryTablesFile file, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await file.ApplyAsync(file.Read().Revision, CancellationToken.None);
            await Task.Delay(10, CancellationToken.None);
        }
    }

    private static async Task CreateLikeAsync(Pipeline pipeline, string model, string name)
    {
        var table = (await pipeline.Tables.Client.DescribeTableAsync(model, Token)).Table;
        await pipeline.Tables.Client.CreateTableAsync(
            new CreateTableRequest
            {
                TableName = name,
                KeySchema = table.KeySchema,
                AttributeDefinitions = table.AttributeDefinitions,
                BillingMode = Amazon.DynamoDBv2.BillingMode.PAY_PER_REQUEST,
                GlobalSecondaryIndexes = table.GlobalSecondaryIndexes is { Count: > 0 } indexes
                    ?
                    [
                        .. indexes.Select(index => new GlobalSecondaryIndex
                        {
                            IndexName = index.IndexName,
                            KeySchema = index.KeySchema,
                            Projection = index.Projection,
                        }),
                    ]
                    : null,
            },
            Token
        );
    }
}
