using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Reconciliation.CommandSizes;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>A repair after any damage to the query table, for generated commands and damages.</summary>
public sealed class RepairPropertyTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private const string Moment = "2026-11-22T08:15:30.123Z";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_happens_to_the_query_table_a_repair_brings_back_the_fold_of_the_commands_and_a_replay_changes_nothing()
    {
        foreach (var (scenario, damages) in Damaged().Sample(numberOfSamples: 12, new Rnd(7, 3), size: 10))
        {
            using var pipeline = await Pipeline.CreateAsync(engine);
            var commands = new Dictionary<int, CommandState>();
            foreach (var command in scenario.History)
            {
                if (command.State is { } state)
                    await pipeline.PutAsync(commands[command.Item] = Fitting(state));
                else if (commands.Remove(command.Item, out var last))
                    await pipeline.RemoveAsync(last);
            }

            await pipeline.ProjectAsync(pipeline.Stream);
            var expected = await pipeline.VisibleAsync();
            foreach (var damage in damages)
                await DamageAsync(pipeline, damage);

            await pipeline.RepairAsync();
            var repaired = await pipeline.VisibleAsync();
            var again = await pipeline.ReconcileAsync();
            await pipeline.ProjectAsync(pipeline.Stream);
            var replayed = await pipeline.VisibleAsync();

            var story = $"{scenario}{Environment.NewLine}{string.Join(Environment.NewLine, damages)}";
            Assert.True(expected.Count == scenario.Fold().Count, story);
            Assert.True(expected.SequenceEqual(repaired), story);
            Assert.True(again.Findings.All(f => f.Kind is Discrepancy.Failed), story);
            Assert.True(expected.SequenceEqual(replayed), story);
        }
    }

    private enum Harm
    {
        Lose,
        LoseAttribute,
        ChangeAttribute,
        ChangeKeyAttribute,
        LoseVersion,
        ChangeVersion,
        ForgeVersion,
        KeepOldVersion,
        MarkDeleted,
        Plant,
        Forget,
    }

    private sealed record Damage(Harm Harm, int Where);

    private static Gen<(Scenario Scenario, IReadOnlyList<Damage> Damages)> Damaged() =>
        from scenario in Scenario.Any.Generator
        from length in Gen.Choose(1, 8)
        from damages in Gen.ArrayOf(
            from harm in Gen.Elements(Enum.GetValues<Harm>())
            from place in Gen.Choose(0, 1000)
            select new Damage(harm, place),
            length
        )
        select (scenario, (IReadOnlyList<Damage>)damages);

    private static async Task DamageAsync(Pipeline pipeline, Damage damage)
    {
        var items = (await pipeline.Tables.AllAsync(pipeline.Tables.Names.NotificationRecords, Token))
            .OrderBy(item => item[AttributeNames.UserId].S + item[AttributeNames.CreatedAt].S, StringComparer.Ordinal)
            .ToList();
        if (damage.Harm is Harm.Plant || items.Count == 0)
        {
            var planted = CommandState.Of($"planted-{damage.Where}", Moment, "ann").Image().Record!;
            await pipeline.Tables.Store.WriteAsync(
                new ProjectionWrite.Put(planted, Change.Version(damage.Where, pipeline.StreamArn)),
                Token
            );
            return;
        }

        var item = items[damage.Where % items.Count];
        var place = new NotificationKey(item[AttributeNames.UserId].S, item[AttributeNames.CreatedAt].S);
        await (
            damage.Harm switch
            {
                Harm.Lose => pipeline.LoseAsync(place),
                Harm.LoseAttribute => pipeline.DamageAsync(place, AttributeNames.Title, null),
                Harm.ChangeAttribute => pipeline.DamageAsync(place, AttributeNames.Status, new("LOST")),
                Harm.ChangeKeyAttribute => pipeline.DamageAsync(place, AttributeNames.TransactionId, new("tx-9")),
                Harm.LoseVersion => pipeline.DamageAsync(place, AttributeNames.SourceVersion, null),
                Harm.ChangeVersion => pipeline.DamageAsync(place, AttributeNames.SourceVersion, new(pipeline.Version(damage.Where))),
                Harm.ForgeVersion => pipeline.DamageAsync(
                    place,
                    AttributeNames.SourceVersion,
                    new($"2999-01-02T03:04:05.678Z#{new string('9', 56)}")
                ),
                Harm.KeepOldVersion => pipeline.DamageAsync(
                    place,
                    AttributeNames.SourceVersion,
                    new(new string('0', 40) + $"{damage.Where:D24}")
                ),
                Harm.MarkDeleted => pipeline.DamageAsync(place, AttributeNames.DeletedAt, new(Moment)),
                _ => pipeline.DamageAsync(place, AttributeNames.DeletedAt, null), // the tombstone is shown
            }
        );
    }
}
