using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Adapters;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// Two event sources, operators who reset a shard, and writes that arrive late: whatever the order, no checkpoint from before a reset gets
/// over the position that it set, so that every record behind that position is delivered again.
/// </summary>
public sealed class ResetPropertyTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private const string Arn = "arn:aws:dynamodb:us-east-1:000000000000:table/commands/stream/1";
    private const string Shard = "shard";
    private const int Length = 20;

    private enum Kind
    {
        /// <summary>An owner reads where it is to go on.</summary>
        Load,

        /// <summary>An owner delivers some records, and its checkpoint is on the way.</summary>
        Deliver,

        /// <summary>The oldest checkpoint that is on the way arrives.</summary>
        Arrive,

        /// <summary>The newest checkpoint that is on the way arrives, before those sent earlier.</summary>
        Overtake,

        /// <summary>An operator asks for a reset.</summary>
        Ask,

        /// <summary>The owner that has the lease replaces the positions that were asked for.</summary>
        Apply,

        /// <summary>An owner repeats what it did of an earlier reset: it died before it could note that.</summary>
        ApplyLate,
    }

    private sealed record Step(Kind Kind, int Owner, int Amount);

    private static readonly Gen<Step[]> Steps = (
        from kind in Gen.Elements(Enum.GetValues<Kind>())
        from owner in Gen.Choose(0, 1)
        from amount in Gen.Choose(1, 8)
        select new Step(kind, owner, amount)
    )
        .ArrayOf()
        .Where(steps => steps.Length > 3);

    [Fact]
    public async Task A_late_checkpoint_never_gets_over_a_reset()
    {
        foreach (var steps in Steps.Sample(numberOfSamples: 400, new Rnd(23, 21), size: 40))
            await RunAsync(steps, new InMemoryCheckpoints());
    }

    [Fact]
    public async Task A_late_checkpoint_never_gets_over_a_reset_on_DynamoDB_Local()
    {
        using var engine = await Engine.CreateAsync(local, commands: false);
        foreach (var (number, steps) in Steps.Sample(numberOfSamples: 25, new Rnd(29, 21), size: 30).Index())
            await RunAsync(steps, new DynamoDBCheckpoints(engine.Client, "stream-checkpoints", TimeProvider.System), $"{Arn}{number}");
    }

    private static async Task RunAsync(Step[] steps, ICheckpoints checkpoints, string arn = Arn)
    {
        var token = TestContext.Current.CancellationToken;
        var owners = new[] { ShardCheckpoint.Start, ShardCheckpoint.Start };
        var onTheWay = new List<ShardCheckpoint>();
        var resets = new List<ShardReset>();
        var asked = new List<ShardReset>();
        var deliveredSince = new Dictionary<long, int> { [0] = 0 }; // how far each generation was delivered
        long applied = 0;
        foreach (var step in steps)
        {
            switch (step.Kind)
            {
                case Kind.Load:
                    owners[step.Owner] = (await checkpoints.LoadAsync(arn, token)).GetValueOrDefault(Shard, ShardCheckpoint.Start);
                    break;
                case Kind.Deliver:
                    var from = Position(owners[step.Owner]);
                    var to = Math.Min(Length, from + step.Amount);
                    if (to == from)
                        break;
                    owners[step.Owner] = owners[step.Owner] with { SequenceNumber = Number(to) };
                    deliveredSince[owners[step.Owner].Generation] = Math.Max(
                        deliveredSince.GetValueOrDefault(owners[step.Owner].Generation),
                        to
                    );
                    onTheWay.Add(owners[step.Owner]);
                    break;
                case Kind.Arrive or Kind.Overtake when onTheWay.Count > 0:
                    var index = step.Kind is Kind.Arrive ? 0 : onTheWay.Count - 1;
                    await checkpoints.SaveAsync(arn, Shard, onTheWay[index], token);
                    onTheWay.RemoveAt(index);
                    break;
                case Kind.Ask:
                    asked.Add(new(arn, Shard, asked.Count + 1) { From = step.Amount > 4 ? Number(step.Amount) : null });
                    break;
                case Kind.Apply when asked.Count > 0 && asked[^1].Version > applied:
                    Assert.True(await checkpoints.ResetAsync(asked[^1], token), "a reset that is new is carried out");
                    applied = asked[^1].Version;
                    resets.Add(asked[^1]);
                    break;
                case Kind.ApplyLate when resets.Count > 0:
                    Assert.False(await checkpoints.ResetAsync(resets[step.Amount % resets.Count], token), "a reset is carried out once");
                    break;
            }

            var kept = (await checkpoints.LoadAsync(arn, token)).GetValueOrDefault(Shard, ShardCheckpoint.Start);
            Assert.Equal(applied, kept.Generation);
            var least = resets.Count > 0 && resets[^1].From is { } start ? int.Parse(start, CultureInfo.InvariantCulture) - 1 : 0;
            Assert.True(
                Position(kept) <= Math.Max(least, deliveredSince.GetValueOrDefault(applied)),
                $"{string.Join(", ", steps.Select(s => s.ToString()))}: {kept} is ahead of what was delivered since the reset"
            );
        }
    }

    private static int Position(ShardCheckpoint checkpoint) =>
        checkpoint.SequenceNumber is { } number ? int.Parse(number, CultureInfo.InvariantCulture)
        : checkpoint.From is { } from ? int.Parse(from, CultureInfo.InvariantCulture) - 1
        : 0;

    private static string Number(int number) => number.ToString("D21", CultureInfo.InvariantCulture);
}
