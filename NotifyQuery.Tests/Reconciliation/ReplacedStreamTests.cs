using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>A stream is replaced by another, whose numbers begin anywhere: no state may look older, or newer, than it is.</summary>
public sealed class ReplacedStreamTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private const string Moment = "2026-11-22T08:15:30.123Z";

    private static readonly CommandState Pending = CommandState.Of("tx-1", Moment, "ann").With(AttributeNames.Status, "PENDING");
    private static readonly CommandState Sent = Pending.With(AttributeNames.Status, "SENT");
    private static readonly CommandState Read = Pending.With(AttributeNames.Status, "READ");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

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

        var report = await pipeline.ReconcileAsync(
            new()
            {
                Repair = true,
                Segments = 1,
                Settle = TimeSpan.FromSeconds(2),
            },
            time
        );

        await time.During;
        Assert.Equal(("READ", pipeline.Version(1)), await ShownAsync(pipeline));
        Assert.Equal(0, report.Repaired);
    }

    [Fact]
    public async Task Whatever_is_replaced_lost_and_repaired_in_between_readers_see_the_fold_of_the_commands()
    {
        foreach (var (scenario, turns) in Turning().Sample(numberOfSamples: 12, new Rnd(11, 5), size: 10))
        {
            using var pipeline = await Pipeline.CreateAsync(engine);
            var commands = new Dictionary<int, CommandState>();
            var (off, undelivered) = (false, 0);
            foreach (var (index, command) in scenario.History.Index())
            {
                foreach (var turn in turns.Where(turn => turn.Before == index))
                    await TurnAsync(turn.Kind);
                var count = pipeline.Stream.Count;
                if (command.State is { } state)
                    await pipeline.PutAsync(commands[command.Item] = Fitting(state));
                else if (commands.Remove(command.Item, out var last))
                    await pipeline.RemoveAsync(last);
                if (off)
                    pipeline.Stream.RemoveRange(count, pipeline.Stream.Count - count); // nothing was recorded
            }

            // What a stream holds that is to come is delivered first: a repair clears no place in which nothing stands yet.
            if (off)
                await TurnAsync(Turn.On);
            await TurnAsync(Turn.Deliver);
            await pipeline.RepairAsync();
            var settled = await pipeline.ReconcileAsync();
            var visible = await pipeline.VisibleAsync();
            await pipeline.ProjectAsync(pipeline.Stream);

            var story = $"{scenario}{Environment.NewLine}{string.Join(Environment.NewLine, turns)}";
            Assert.True(visible.Count == scenario.Fold().Count, story);
            Assert.True(settled.Findings.All(finding => finding.Kind is Discrepancy.Failed), story);
            Assert.True(visible.SequenceEqual(await pipeline.VisibleAsync()), story);

            async Task TurnAsync(Turn turn)
            {
                switch (turn)
                {
                    case Turn.Off when !off:
                        await pipeline.SwitchOffStreamAsync();
                        off = true;
                        break;
                    case Turn.On when off:
                        await pipeline.ReplaceStreamAsync(pipeline.Stream.Count % 3 == 0 ? 1 : 1000);
                        off = false;
                        break;
                    case Turn.Deliver:
                        await pipeline.ProjectAsync(pipeline.Stream.Skip(undelivered).ToList());
                        undelivered = pipeline.Stream.Count;
                        break;
                    case Turn.Repair:
                        await pipeline.RepairAsync();
                        break;
                    case Turn.Rebuild:
                        await RepairAsync(pipeline, rebuild: true);
                        break;
                    case Turn.Replay:
                        await pipeline.ProjectAsync(pipeline.Stream.Take(undelivered).ToList());
                        break;
                }
            }
        }
    }

    private enum Turn
    {
        Off,
        On,
        Deliver,
        Repair,
        Rebuild,
        Replay,
    }

    private static Gen<(Scenario Scenario, IReadOnlyList<(int Before, Turn Kind)> Turns)> Turning() =>
        from scenario in Scenario.Any.Generator
        from length in Gen.Choose(2, 12)
        from turns in Gen.ArrayOf(
            from before in Gen.Choose(0, scenario.History.Count)
            from turn in Gen.Elements(Enum.GetValues<Turn>())
            select (before, turn),
            length
        )
        select (scenario, (IReadOnlyList<(int, Turn)>)turns);

    private static CommandState Fitting(CommandState state) =>
        state.Read(AttributeNames.Body).Text is { } ? state.With(AttributeNames.Body, new string('x', ItemSize.Limit - 200)) : state;

    private static Task RepairAsync(Pipeline pipeline, bool rebuild) =>
        rebuild ? pipeline.Reconciler().RebuildAsync(1, restart: true, new(), Token) : pipeline.RepairAsync();

    private static async Task<(string? Status, string Version)> ShownAsync(Pipeline pipeline)
    {
        var item = await pipeline.ItemAsync(Pending);
        return (item.GetValueOrDefault(AttributeNames.Status)?.S, item[AttributeNames.SourceVersion].S);
    }
}
