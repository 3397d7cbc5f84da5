using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Reconciliation.RepairOrRebuild;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>A stream is replaced by another, whose numbers begin anywhere: no state may look older, or newer, than it is.</summary>
public sealed class ReplacedStreamTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private const string Moment = "2026-11-22T08:15:30.123Z";

    private static readonly CommandState Pending = CommandState.Of("tx-1", Moment, "ann").With(AttributeNames.Status, "PENDING");
    private static readonly CommandState Sent = Pending.With(AttributeNames.Status, "SENT");
    private static readonly CommandState Read = Pending.With(AttributeNames.Status, "READ");

    [Fact]
    public async Task A_change_of_the_new_stream_comes_in_whatever_its_number_and_one_of_the_old_stream_stays_away()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var old = await pipeline.ShowAsync(Pending);
        await pipeline.SwitchOffStreamAsync();
        await pipeline.ReplaceStreamAsync(1);

        await pipeline.ShowAsync(Sent);
        await pipeline.ProjectAsync(old);

        Assert.Equal(("SENT", pipeline.Version(1)), await ShownAsync(pipeline));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_written_without_a_stream_is_brought_in_by_a_repair_and_by_a_rebuild_and_gives_way_to_the_new_stream_alone(
        bool rebuild
    )
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var old = await pipeline.ShowAsync(Pending);
        await pipeline.SwitchOffStreamAsync();
        await pipeline.PutAsync(Sent);
        await pipeline.ReplaceStreamAsync(1);

        await RepairAsync(pipeline, rebuild);
        Assert.Equal(("SENT", pipeline.Version(0)), await ShownAsync(pipeline));
        await pipeline.ProjectAsync(old);
        Assert.Equal(("SENT", pipeline.Version(0)), await ShownAsync(pipeline));
        await pipeline.ShowAsync(Read);

        Assert.Equal(("READ", pipeline.Version(1)), await ShownAsync(pipeline));
    }

    [Fact]
    public async Task What_a_table_lost_with_its_stream_stays_away_after_a_repair_although_the_old_stream_comes_again()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var old = await pipeline.ShowAsync(Pending);
        await pipeline.SwitchOffStreamAsync();
        await pipeline.RemoveAsync(Pending); // no record says so
        await pipeline.ReplaceStreamAsync(1);

        await pipeline.RepairAsync();
        await pipeline.ProjectAsync(old);

        Assert.Empty(await pipeline.VisibleAsync());
        await pipeline.ShowAsync(Sent);
        Assert.Single(await pipeline.VisibleAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_item_of_a_later_stream_than_the_present_one_is_found_and_takes_changes_again_after_a_repair(bool rebuild)
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Pending);
        var forged = Change.Version(1, Change.StreamOf(DateTimeOffset.UtcNow.AddMinutes(50))).Text;
        await pipeline.DamageAsync(Pending.Image().Record!.Key, AttributeNames.SourceVersion, new(forged));
        await pipeline.ShowAsync(Sent);
        Assert.Equal(("PENDING", forged), await ShownAsync(pipeline));

        var found = await pipeline.ReconcileAsync();
        await RepairAsync(pipeline, rebuild);
        Assert.Equal(("SENT", pipeline.Version(0)), await ShownAsync(pipeline));
        await pipeline.ShowAsync(Read);

        Assert.Contains("source_version", Assert.Single(found.Findings).Detail, StringComparison.Ordinal);
        Assert.Equal(("READ", pipeline.Version(102)), await ShownAsync(pipeline));
    }

    [Fact]
    public async Task An_item_from_before_streams_were_told_apart_is_no_difference_and_gives_way_to_the_next_change()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Pending);
        await pipeline.DamageAsync(
            Pending.Image().Record!.Key,
            AttributeNames.SourceVersion,
            new(new string('0', 40) + new string('9', 24))
        );

        var report = await pipeline.ReconcileAsync();
        await pipeline.ShowAsync(Sent);

        Assert.True(report.Agree);
        Assert.Equal(("SENT", pipeline.Version(101)), await ShownAsync(pipeline));
    }

    [Fact]
    public async Task A_repair_of_an_item_from_before_streams_were_told_apart_gives_it_a_place_in_the_present_stream()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Pending);
        await pipeline.DamageAsync(Pending.Image().Record!.Key, AttributeNames.SourceVersion, new(new string('0', 62) + "99"));
        await pipeline.PutAsync(Sent);

        await pipeline.RepairAsync();

        Assert.Equal(("SENT", pipeline.Version(0)), await ShownAsync(pipeline));
    }

    [Fact]
    public async Task A_stream_that_is_replaced_between_two_looks_at_an_item_makes_no_repair_older_than_what_the_new_one_brings()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Pending);
        await pipeline.PutAsync(Sent);
        var time = new EventfulTime(async () =>
        {
            await pipeline.SwitchOffStreamAsync();
            await pipeline.ReplaceStreamAsync(1);
            await pipeline.ShowAsync(Read);
        });

        var report = await pipeline.ReconcileAsync(SettlingRepair, time);

        await time.During;
        Assert.Equal(("READ", pipeline.Version(1)), await ShownAsync(pipeline));
        Assert.Equal(0, report.Repaired);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_repair_has_its_place_in_a_stream_that_began_while_it_waited_and_gives_way_to_no_older_one(bool removed)
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Pending);
        var old = await pipeline.PutAsync(Sent); // comes late
        await pipeline.SwitchOffStreamAsync();
        await (removed ? pipeline.RemoveAsync(Sent) : pipeline.PutAsync(Read)); // no record says so
        var time = new EventfulTime(() => pipeline.ReplaceStreamAsync(1));

        var report = await pipeline.ReconcileAsync(SettlingRepair, time);
        await time.During;
        await pipeline.ProjectAsync(old);

        Assert.Equal((1, 1), (time.Delays, report.Repaired));
        if (removed)
            Assert.Empty(await pipeline.VisibleAsync());
        else
            Assert.Equal(("READ", pipeline.Version(0)), await ShownAsync(pipeline));
    }

    /// <summary>A repair that waits once before it looks again: then the clock of a test changes something.</summary>
    private static ReconcileOptions SettlingRepair =>
        new()
        {
            Repair = true,
            Segments = 1,
            Settle = TimeSpan.FromSeconds(2),
        };

    private static async Task<(string? Status, string Version)> ShownAsync(Pipeline pipeline)
    {
        var item = await pipeline.ItemAsync(Pending);
        return (item.GetValueOrDefault(AttributeNames.Status)?.S, item[AttributeNames.SourceVersion].S);
    }
}
