using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Reconciliation.TwoCommands;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>What becomes of a disagreement while a comparison waits for it to settle.</summary>
public sealed class ReconcileSettlingTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ReconcileOptions Settling { get; } = new() { Settle = TimeSpan.FromSeconds(2) };

    [Fact]
    public async Task A_disagreement_that_ends_while_it_settles_is_not_reported_and_one_that_stays_is()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var inserted = await pipeline.PutAsync(Ann);
        await pipeline.PutAsync(Bob);
        var healing = new EventfulTime(() => pipeline.ProjectAsync(inserted));

        var report = await pipeline.ReconcileAsync(Settling with { Segments = 1 }, healing);

        await healing.During;
        Assert.Equal(1, healing.Delays);
        Assert.Equal([(Discrepancy.Missing, "tx-2")], report.Findings.Select(f => (f.Kind, f.TransactionId)));
    }

    [Fact]
    public async Task An_orphan_that_is_removed_while_it_settles_is_not_reported_and_one_that_stays_is()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Ann);
        await pipeline.ShowAsync(Bob);
        var removed = await pipeline.RemoveAsync(Ann);
        await pipeline.RemoveAsync(Bob);
        var healing = new EventfulTime(() => pipeline.ProjectAsync(removed));

        var report = await pipeline.ReconcileAsync(Settling with { Segments = 1 }, healing);

        await healing.During;
        Assert.Equal([(Discrepancy.Orphaned, "tx-2")], report.Findings.Select(f => (f.Kind, f.TransactionId)));
    }

    [Fact]
    public async Task A_command_that_changes_while_it_settles_is_left_to_the_projection()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.PutAsync(Ann);
        await pipeline.PutAsync(Bob);
        var changing = new EventfulTime(async () =>
        {
            await pipeline.PutAsync(Ann.With(AttributeNames.Status, "READ"));
            await pipeline.RemoveAsync(Bob);
        });

        var report = await pipeline.ReconcileAsync(Settling with { Segments = 1, Repair = true }, changing);

        await changing.During;
        Assert.Empty(report.Findings);
        Assert.Empty(await pipeline.Tables.AllAsync(pipeline.Tables.Names.NotificationRecords, Token));
    }

    [Fact]
    public async Task An_orphan_that_is_written_while_it_settles_is_left_to_the_projection()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Ann);
        await pipeline.RemoveAsync(Ann);
        var changing = new EventfulTime(async () =>
        {
            await pipeline.ProjectAsync(await pipeline.PutAsync(Ann));
            await pipeline.RemoveAsync(Ann);
        });

        var report = await pipeline.ReconcileAsync(Settling with { Segments = 1 }, changing);

        await changing.During;
        Assert.Empty(report.Findings);
    }

    [Fact]
    public async Task Tables_that_agree_are_not_waited_for()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Ann);
        var time = new EventfulTime(() => Task.CompletedTask);

        Assert.True((await pipeline.ReconcileAsync(Settling, time)).Agree);

        Assert.Equal(0, time.Delays);
    }
}
