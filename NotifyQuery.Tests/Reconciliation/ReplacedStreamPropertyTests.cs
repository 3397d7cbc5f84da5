using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Reconciliation.CommandSizes;
using static NotifyQuery.Tests.Reconciliation.RepairOrRebuild;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>Streams that are replaced at any time, with losses and repairs in between, for generated commands.</summary>
public sealed class ReplacedStreamPropertyTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
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
}
