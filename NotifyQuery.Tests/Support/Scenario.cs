using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.Support;

/// <summary>A write of the external systems to one command record.</summary>
/// <param name="Item">The index of the record.</param>
/// <param name="State">The state to put; null for a removal.</param>
/// <param name="Poison">Whether the state can never be projected: known by construction, and not computed with the core.</param>
internal sealed record Command(int Item, CommandState? State, bool Poison)
{
    public override string ToString() => State is null ? $"remove {Item}" : $"put {Item}{(Poison ? " POISON" : "")}: {State}";
}

/// <summary>An action of an event source on a shard, before the final delivery without faults.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Act">The action.</param>
/// <param name="Size">The number of records.</param>
/// <param name="From">The first record, for an action that does not start at the checkpoint.</param>
/// <param name="Faults">The seed of the faults of the writes; null for none.</param>
internal sealed record Step(int Shard, Act Act, int Size, int From, int? Faults);

internal enum Act
{
    /// <summary>Delivers the next records. Continues after them, or at the lowest failed record.</summary>
    Deliver,

    /// <summary>The same with a record twice in the batch.</summary>
    DeliverWithDuplicate,

    /// <summary>The checkpoint is set back to an earlier record, from which everything is delivered again.</summary>
    Rewind,

    /// <summary>
    /// A second event source, which wrongly believes that it holds the lease, delivers some records from anywhere. The checkpoint does not
    /// move.
    /// </summary>
    DeliverBesides,
}

/// <summary>A history of commands, and the steps in which its stream is delivered.</summary>
internal sealed record Scenario(IReadOnlyList<Command> History, int Shards, IReadOnlyList<Step> Steps, int LastBatchSize, int Concurrency)
{
    // Combinations of the same time and the same transaction. Each is a different command record.
    private static readonly (string TransactionId, string CreatedAt)[] Items =
    [
        ("tx-1", "2026-11-22T08:15:30.123Z"),
        ("tx-2", "2026-11-22T08:15:30.123Z"),
        ("tx-1", "2026-11-22T08:15:30.124Z"),
        ("tx#3", "2026-11-22T08:15:30.123Z"),
        ("tx-4", "2026-11-23T00:00:00.000Z"),
    ];

    private static readonly string TooLarge = new('x', ItemSize.Limit);
    private static readonly string TooLong = new('u', 2049);

    public static readonly string[] Users = ["ann", "bob", "cleo"];

    // The first sequence number of each stream, in order: compared with an earlier one higher, lower, equal, or with more digits.
    private static readonly long[] FirstNumbers = [95, 1, 900_000_000_000, 95, 20];

    /// <summary>Random scenarios. FsCheck shrinks a failing scenario before it is shown.</summary>
    public static Arbitrary<Scenario> Any { get; } = Arb.From(Generator(), Smaller);

    /// <summary>The same, with a table whose stream is sometimes replaced.</summary>
    public static Arbitrary<Scenario> WithReplacedStreams { get; } =
        Arb.From(
            from scenario in Generator()
            from count in Gen.Choose(1, FirstNumbers.Length - 1)
            from replaced in Gen.ArrayOf(Gen.Choose(0, scenario.History.Count), count)
            from homes in Gen.ArrayOf(Gen.Choose(0, count), scenario.Steps.Count)
            from newestFirst in Gen.Elements(true, false)
            select scenario with
            {
                Replaced = replaced,
                NewestFirst = newestFirst,
                Steps =
                [
                    .. scenario.Steps.Zip(
                        homes,
                        (step, home) => step with { Shard = (home * scenario.Shards) + (step.Shard % scenario.Shards) }
                    ),
                ],
            },
            Smaller
        );

    /// <summary>
    /// The indexes of the commands before which the stream is replaced. The sequence numbers of the new stream may begin anywhere.
    /// </summary>
    public IReadOnlyList<int> Replaced { get; init; } = [];

    /// <summary>Whether the final delivery goes from the newest stream to the oldest, as no event source would.</summary>
    public bool NewestFirst { get; init; }

    /// <summary>The number of shards of all streams.</summary>
    public int ShardCount => Shards * (Replaced.Count + 1);

    /// <summary>The stream records of the history. A write that changes nothing leaves none.</summary>
    public IReadOnlyList<Recorded> Stream()
    {
        var table = new Dictionary<int, CommandState>();
        var stream = new List<Recorded>();
        var written = new int[Replaced.Count + 1];
        foreach (var (index, command) in History.Index())
        {
            var before = table.GetValueOrDefault(command.Item);
            if (Equals(before, command.State))
                continue;
            if (command.State is null)
                table.Remove(command.Item);
            else
                table[command.Item] = command.State;
            // Sequence numbers have gaps, and the later ones may have more digits.
            var generation = Replaced.Count(at => at <= index);
            var sequence = FirstNumbers[generation] + (written[generation]++ * 3);
            var change = Change.Of(stream.Count, before, command.State) with
            {
                StreamArn = Change.StreamOf(Change.StreamCreated.AddMilliseconds(generation)),
                SequenceNumber = sequence.ToString(CultureInfo.InvariantCulture),
            };
            stream.Add(new(change, (generation * Shards) + (command.Item % Shards), command.Poison));
        }

        return stream;
    }

    /// <summary>The fold of the history: the notifications that must be visible at the end.</summary>
    public IReadOnlyList<Notification> Fold() =>
        [
            .. History
                .GroupBy(command => command.Item)
                .Select(commands => commands.Last())
                .Where(last => last is { State: not null, Poison: false })
                .Select(last => new Notification
                {
                    TransactionId = Text(last, AttributeNames.TransactionId)!,
                    UserId = Text(last, AttributeNames.UserId)!,
                    CreatedAt = Text(last, AttributeNames.CreatedAt)!,
                    Channel = Text(last, AttributeNames.Channel),
                    Status = Text(last, AttributeNames.Status),
                    CampaignId = Text(last, AttributeNames.CampaignId),
                    Title = Text(last, AttributeNames.Title),
                }),
        ];

    public override string ToString() =>
        string.Join(
            Environment.NewLine,
            [
                $"{Shards} shards, {Concurrency} at once, last batches of {LastBatchSize}, streams replaced before "
                    + $"[{string.Join(' ', Replaced)}]{(NewestFirst ? ", newest first" : "")}",
                .. History.Select(c => $"  {c}"),
                .. Steps.Select(s => $"  {s}"),
            ]
        );

    private static string? Text(Command command, string attribute) => command.State!.Read(attribute).Text;

    private static Gen<Scenario> Generator() =>
        from history in Gen.Choose(1, 40).SelectMany(length => Gen.ArrayOf(AnyCommand(), length))
        from shards in Gen.Choose(1, 3)
        from steps in Gen.Choose(0, 25).SelectMany(length => Gen.ArrayOf(AnyStep(), length))
        from last in Gen.Choose(1, 20)
        from concurrency in Gen.Choose(1, 8)
        select new Scenario(history, shards, steps, last, concurrency);

    private static Gen<Command> AnyCommand() =>
        from item in Gen.Choose(0, Items.Length - 1)
        from command in Gen.Frequency(
            (12, AnyState(item).Select(state => new Command(item, state, false))),
            (4, AnyState(item).SelectMany(Poisoned).Select(state => new Command(item, state, true))),
            (4, Gen.Constant(new Command(item, null, false)))
        )
        select command;

    private static Gen<CommandState> AnyState(int item) =>
        from user in Gen.Elements(Users)
        from status in Gen.Elements("PENDING", "SENT", "DELIVERED", "READ", "FAILED", null)
        from channel in Gen.Elements("push", "in_app", null)
        from campaign in Gen.Elements("spring", null)
        from title in Gen.Choose(0, 9)
        select With(
            With(
                With(
                    CommandState.Of(Items[item].TransactionId, Items[item].CreatedAt, user).With(AttributeNames.Title, $"title {title}"),
                    AttributeNames.Status,
                    status
                ),
                AttributeNames.Channel,
                channel
            ),
            AttributeNames.CampaignId,
            campaign
        );

    private static CommandState With(CommandState state, string attribute, string? text) =>
        text is null ? state : state.With(attribute, text);

    private static Gen<CommandState> Poisoned(CommandState state) =>
        Gen.Elements(
            state.Without(AttributeNames.UserId),
            state.WithType(AttributeNames.UserId, "N"),
            state.With(AttributeNames.UserId, TooLong),
            state.With(AttributeNames.Channel, "fax"),
            state.With(AttributeNames.Status, "LOST"),
            state.WithType(AttributeNames.Body, "M"),
            state.With(AttributeNames.Body, TooLarge)
        );

    private static Gen<Step> AnyStep() =>
        from shard in Gen.Choose(0, 2)
        from act in Gen.Frequency(
            (6, Gen.Constant(Act.Deliver)),
            (2, Gen.Constant(Act.DeliverWithDuplicate)),
            (1, Gen.Constant(Act.Rewind)),
            (3, Gen.Constant(Act.DeliverBesides))
        )
        from size in Gen.Choose(1, 12)
        from start in Gen.Choose(0, 40)
        from faults in Gen.OneOf(Gen.Constant((int?)null), Gen.Choose(0, int.MaxValue).Select(seed => (int?)seed))
        select new Step(shard, act, size, start, faults);

    private static IEnumerable<Scenario> Smaller(Scenario scenario) =>
        [
            .. Without(scenario.Steps).Select(steps => scenario with { Steps = steps }),
            .. Without(scenario.History).Select(history => scenario with { History = history }),
            .. Without(scenario.Replaced).Select(replaced => scenario with { Replaced = replaced }),
            .. scenario.Concurrency > 1 ? [scenario with { Concurrency = 1 }] : (Scenario[])[],
            .. scenario.Shards > 1 ? [scenario with { Shards = 1 }] : (Scenario[])[],
        ];

    /// <summary>Smaller variants of the list, for shrinking: without a half, a quarter, … and finally without a single element.</summary>
    private static IEnumerable<IReadOnlyList<T>> Without<T>(IReadOnlyList<T> list)
    {
        for (var length = (list.Count + 1) / 2; length >= 1; length /= 2)
        for (var start = 0; start < list.Count; start += length)
            yield return [.. list.Take(start), .. list.Skip(start + length)];
    }
}

/// <summary>A stream record.</summary>
/// <param name="Change">The content.</param>
/// <param name="Shard">The index of the shard among those of all streams.</param>
/// <param name="Poison">Whether the record can never be projected.</param>
internal sealed record Recorded(StreamChange Change, int Shard, bool Poison);
