using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.Support;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>What a repair changes, and what it must not touch.</summary>
public sealed class RepairTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private const string Moment = "2026-11-22T08:15:30.123Z";

    private static readonly CommandState Sent = CommandState.Of("tx-1", Moment, "ann").With(AttributeNames.Status, "SENT");
    private static readonly CommandState Delivered = Sent.With(AttributeNames.Status, "DELIVERED");
    private static readonly CommandState Read = Sent.With(AttributeNames.Status, "READ");

    [Fact]
    public async Task Every_kind_is_repaired_and_a_second_comparison_finds_nothing()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var moved = CommandState.Of("tx-2", Moment, "bob");
        var removed = CommandState.Of("tx-3", Moment, "bob");
        var missing = CommandState.Of("tx-4", Moment, "cleo");
        await pipeline.ShowAsync(Sent);
        await pipeline.ShowAsync(moved);
        await pipeline.ShowAsync(removed);
        await pipeline.PutAsync(missing);
        await pipeline.PutAsync(Read);
        await pipeline.PutAsync(moved.With(AttributeNames.UserId, "ann"));
        await pipeline.RemoveAsync(removed);

        var repaired = await pipeline.RepairAsync();

        Assert.Equal([2, 1, 2, 0], Enum.GetValues<Discrepancy>().Select(repaired.Count));
        Assert.Equal((5, 0), (repaired.Repaired, repaired.ChangedMeanwhile));
        Assert.True(repaired.Agree);
        Assert.Empty((await pipeline.ReconcileAsync()).Findings);
        Assert.Equal(
            [
                $"created_at={Moment}#tx-1 sent_at={Moment} status=READ status_key=READ#2026-11-22#04 transaction_id=tx-1 user_id=ann",
                $"created_at={Moment}#tx-2 sent_at={Moment} transaction_id=tx-2 user_id=ann",
                $"created_at={Moment}#tx-4 sent_at={Moment} transaction_id=tx-4 user_id=cleo",
            ],
            await pipeline.VisibleAsync()
        );
    }

    [Fact]
    public async Task A_repair_keeps_the_version_that_it_saw_so_that_older_changes_stay_away_and_newer_ones_come_in()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var first = await pipeline.ShowAsync(Sent);
        var second = await pipeline.ShowAsync(Delivered);
        var third = await pipeline.PutAsync(Read);
        await pipeline.RepairAsync();
        var repaired = await pipeline.ItemAsync(Sent);

        await pipeline.ProjectAsync(first, second);
        var replayed = await pipeline.ItemAsync(Sent);
        await pipeline.ProjectAsync(third);
        var newer = await pipeline.ItemAsync(Sent);

        Assert.Equal(("READ", pipeline.Version(101)), StateOf(repaired));
        Assert.Equal(StateOf(repaired), StateOf(replayed));
        Assert.Equal(("READ", pipeline.Version(102)), StateOf(newer));
    }

    [Fact]
    public async Task What_was_missing_gives_way_to_every_change_of_the_stream()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var inserted = await pipeline.PutAsync(Sent);
        await pipeline.RepairAsync();
        Assert.Equal(("SENT", pipeline.Version(0)), StateOf(await pipeline.ItemAsync(Sent)));

        await pipeline.ProjectAsync(inserted, await pipeline.RemoveAsync(Sent));

        Assert.Empty(await pipeline.VisibleAsync());
    }

    [Fact]
    public async Task A_tombstone_is_replaced_by_the_command_that_is_there_again_and_keeps_its_version()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var first = await pipeline.ShowAsync(Sent);
        await pipeline.ProjectAsync(await pipeline.RemoveAsync(Sent));
        await pipeline.PutAsync(Read);

        await pipeline.RepairAsync();
        await pipeline.ProjectAsync(first);

        var item = await pipeline.ItemAsync(Sent);
        Assert.Equal(("READ", pipeline.Version(101)), StateOf(item));
        Assert.DoesNotContain(AttributeNames.ExpiresAt, item.Keys);
        Assert.DoesNotContain(AttributeNames.DeletedAt, item.Keys);
    }

    [Fact]
    public async Task An_orphan_becomes_a_tombstone_that_keeps_older_changes_away_and_goes_by_itself()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var first = await pipeline.ShowAsync(Sent);
        await pipeline.RemoveAsync(Sent);

        await pipeline.RepairAsync();
        await pipeline.ProjectAsync(first);

        var item = await pipeline.ItemAsync(Sent);
        Assert.Equal(
            ["created_at", "deleted_at", "expires_at", "projected_at", "source_version", "user_id"],
            item.Keys.Order(StringComparer.Ordinal)
        );
        Assert.Equal(pipeline.Version(100), item[AttributeNames.SourceVersion].S);
    }

    [Theory]
    [InlineData("not a number")]
    [InlineData("7")]
    [InlineData(null)]
    public async Task A_version_that_cannot_be_compared_is_repaired_so_that_changes_come_in_again(string? version)
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Sent);
        await pipeline.DamageAsync(Sent.Image().Record!.Key, AttributeNames.SourceVersion, version is null ? null : new(version));

        var report = await pipeline.RepairAsync();
        await pipeline.ShowAsync(Read);

        Assert.Equal((1, 0), (report.Repaired, report.ChangedMeanwhile));
        Assert.Equal(("READ", pipeline.Version(101)), StateOf(await pipeline.ItemAsync(Sent)));
    }

    [Fact]
    public async Task What_the_projection_writes_between_look_and_repair_stays()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var (absent, orphan) = (CommandState.Of("tx-2", Moment, "ann"), CommandState.Of("tx-3", Moment, "ann"));
        await pipeline.ShowAsync(Sent);
        await pipeline.ShowAsync(orphan);
        await pipeline.PutAsync(Delivered);
        await pipeline.PutAsync(absent);
        await pipeline.RemoveAsync(orphan);
        var written = new HashSet<string>();
        pipeline.Client.BeforePut = request =>
            written.Add(request.Item[AttributeNames.CreatedAt].S) switch
            {
                true when request.Item[AttributeNames.CreatedAt].S.EndsWith("tx-1", StringComparison.Ordinal) => pipeline.ShowAsync(Read),
                true when request.Item[AttributeNames.CreatedAt].S.EndsWith("tx-2", StringComparison.Ordinal) => pipeline.ShowAsync(
                    absent.With(AttributeNames.Title, "newer")
                ),
                _ => pipeline.ShowAsync(orphan.With(AttributeNames.Title, "back")),
            };

        var report = await pipeline.RepairAsync();

        Assert.Equal((0, 3), (report.Repaired, report.ChangedMeanwhile));
        Assert.Equal("READ", (await pipeline.ItemAsync(Sent))[AttributeNames.Status].S);
        Assert.Equal("newer", (await pipeline.ItemAsync(absent))[AttributeNames.Title].S);
        Assert.Equal("back", (await pipeline.ItemAsync(orphan))[AttributeNames.Title].S);
        pipeline.Client.BeforePut = _ => Task.CompletedTask;
        Assert.Empty((await pipeline.ReconcileAsync()).Findings);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 2)]
    [InlineData(false, 3)]
    [InlineData(false, 4)]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    [InlineData(true, 3)]
    [InlineData(true, 4)]
    public async Task What_the_projection_writes_before_any_of_the_reads_stays(bool settle, int before)
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Sent);
        await pipeline.PutAsync(Delivered);
        var options = new ReconcileOptions
        {
            Repair = true,
            Segments = 1,
            Settle = settle ? TimeSpan.FromSeconds(2) : TimeSpan.Zero,
        };
        var (reads, current) = (0, "DELIVERED");
        pipeline.Client.BeforeRead = _ =>
        {
            if (++reads != before)
                return Task.CompletedTask;
            current = "READ";
            return pipeline.ShowAsync(Read);
        };

        await pipeline.ReconcileAsync(options, new EventfulTime(() => Task.CompletedTask));

        pipeline.Client.BeforeRead = _ => Task.CompletedTask;
        Assert.Equal(current, (await pipeline.ItemAsync(Sent))[AttributeNames.Status].S);
        Assert.Empty((await pipeline.ReconcileAsync()).Findings);
    }

    private static (string? Status, string Version) StateOf(Item item) =>
        (item.GetValueOrDefault(AttributeNames.Status)?.S, item[AttributeNames.SourceVersion].S);
}
