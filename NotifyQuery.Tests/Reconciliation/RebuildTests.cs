using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>The whole query table from the commands alone.</summary>
public sealed class RebuildTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private const string Moment = "2026-11-22T08:15:30.123Z";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rebuild_of_an_empty_table_equals_the_projection()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        for (var i = 0; i < 20; i++)
        {
            var command = CommandState
                .Of($"tx-{i}", Moment, $"user-{i % 3}")
                .With(AttributeNames.Status, "SENT")
                .With(AttributeNames.Title, $"title {i}");
            await pipeline.PutAsync(command);
            if (i % 5 == 1)
                await pipeline.PutAsync(command.With(AttributeNames.UserId, "moved"));
            if (i % 5 == 2)
                await pipeline.PutAsync(command.With(AttributeNames.Status, "LOST"));
            if (i % 5 == 3)
                await pipeline.RemoveAsync(command);
        }

        await pipeline.ProjectAsync(pipeline.Stream);
        var projected = await pipeline.VisibleAsync();
        foreach (var item in await pipeline.Tables.AllAsync(pipeline.Tables.Names.NotificationRecords, Token))
            await pipeline.LoseAsync(new(item[AttributeNames.UserId].S, item[AttributeNames.CreatedAt].S));

        var report = await RebuildAsync(pipeline, segments: 3);

        Assert.Equal(12, projected.Count);
        Assert.Equal(projected, await pipeline.VisibleAsync());
        Assert.Equal((16, 12, 4), (report.Commands, report.Repaired, report.Count(Discrepancy.Failed)));
        Assert.True(report.Agree);
        Assert.Empty(await pipeline.Tables.AllAsync(pipeline.Tables.Names.StreamCheckpoints, Token)); // the next one begins at the start
    }

    [Fact]
    public async Task A_rebuild_that_is_stopped_continues_where_it_was()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await FillAsync(pipeline);

        var first = await StopAfterOnePageAsync(pipeline);
        var shown = (await pipeline.VisibleAsync()).Count;
        var second = await RebuildAsync(pipeline);
        var third = await RebuildAsync(pipeline);

        Assert.InRange(first.Commands, 1, Large - 1);
        Assert.Equal(first.Commands, shown);
        Assert.Equal((Large - first.Commands, Large - first.Commands), (second.Commands, second.Repaired));
        Assert.Equal((Large, 0), (third.Commands, third.Repaired));
        Assert.Equal(Large, (await pipeline.VisibleAsync()).Count);
    }

    [Fact]
    public async Task A_rebuild_with_restart_starts_from_the_beginning()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await FillAsync(pipeline);
        var first = await StopAfterOnePageAsync(pipeline);

        var second = await RebuildAsync(pipeline, restart: true);

        Assert.Equal((Large, Large - first.Repaired), (second.Commands, second.Repaired));
    }

    [Fact]
    public async Task A_rebuild_in_other_segments_than_the_one_that_was_stopped_reads_everything()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await FillAsync(pipeline);
        await StopAfterOnePageAsync(pipeline);

        var second = await RebuildAsync(pipeline, segments: 2);

        Assert.Equal(Large, second.Commands);
        Assert.Empty(await pipeline.Tables.AllAsync(pipeline.Tables.Names.StreamCheckpoints, Token));
    }

    [Fact]
    public async Task What_changes_during_a_rebuild_wins()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var command = CommandState.Of("tx-1", Moment, "ann");
        var removed = CommandState.Of("tx-2", Moment, "ann");
        await pipeline.PutAsync(command);
        await pipeline.PutAsync(removed);
        var changed = false;
        pipeline.Client.BeforePut = async request =>
        {
            if (changed || request.TableName != pipeline.Tables.Names.NotificationRecords)
                return;
            changed = true;
            await pipeline.ShowAsync(command.With(AttributeNames.Title, "newer"));
            await pipeline.ProjectAsync(await pipeline.RemoveAsync(removed));
        };

        var report = await RebuildAsync(pipeline);

        Assert.Equal((0, 2), (report.Repaired, report.ChangedMeanwhile));
        Assert.Equal(
            [$"created_at={Moment}#tx-1 sent_at={Moment} title=newer transaction_id=tx-1 user_id=ann"],
            await pipeline.VisibleAsync()
        );
    }

    private const int Large = 12;

    /// <summary>Commands of which only a few fit into a page.</summary>
    private static async Task FillAsync(Pipeline pipeline)
    {
        var body = new string('x', 250 * 1024);
        for (var i = 0; i < Large; i++)
            await pipeline.PutAsync(CommandState.Of($"tx-{i}", Moment, "ann").With(AttributeNames.Body, body));
    }

    private static async Task<ReconcileReport> RebuildAsync(Pipeline pipeline, int segments = 1, bool restart = false)
    {
        var report = new ReconcileReport();
        await pipeline.Reconciler().RebuildAsync(segments, restart, report, Token);
        return report;
    }

    /// <summary>As Ctrl-C does, once the first page is done.</summary>
    private static async Task<ReconcileReport> StopAfterOnePageAsync(Pipeline pipeline)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var report = new ReconcileReport();
        var pages = 0;
        pipeline.Client.BeforeRead = request =>
            request.RequestItems.ContainsKey(pipeline.Tables.Names.NotificationRecords) && ++pages == 2
                ? stop.CancelAsync()
                : Task.CompletedTask;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.Reconciler().RebuildAsync(1, false, report, stop.Token));
        pipeline.Client.BeforeRead = _ => Task.CompletedTask;
        return report;
    }
}
