using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Tests.Support;

/// <summary>One write of a history: an item is put or removed.</summary>
/// <param name="Record">The state; for a removal, only the key matters.</param>
/// <param name="Kind">The kind of the write.</param>
internal sealed record HistoryWrite(CommandRecord Record, WriteKind Kind)
{
    /// <summary>
    /// Makes the write. The same write made twice leaves only one stream record, because a write that changes nothing leaves none.
    /// </summary>
    public Task ApplyAsync(IAmazonDynamoDB client, CancellationToken cancellationToken)
    {
        var names = new TableNames();
        if (Kind is WriteKind.Remove)
            return client.DeleteItemAsync(names.CommandRecords, CommandItem.KeyOf(Record), cancellationToken);
        var item = CommandItem.Of(Record);
        if (Kind is WriteKind.Poison)
            item[AttributeNames.UserId] = new AttributeValue { N = "7" }; // a valid user_id is a string
        return client.PutItemAsync(names.CommandRecords, item, cancellationToken);
    }
}

internal enum WriteKind
{
    /// <summary>A record that can be projected is put.</summary>
    Put,

    /// <summary>A record that can never be projected is put, which results in a dead letter.</summary>
    Poison,

    /// <summary>The record is removed.</summary>
    Remove,
}

/// <summary>
/// A history of commands, random by a seed: inserts, changes, moves between users, poison, removals and re-creations. Every put differs
/// from the current item, so every poison write results in exactly one dead letter.
/// </summary>
internal sealed class CommandHistory
{
    private static readonly Channel[] Channels = Enum.GetValues<Channel>();
    private static readonly NotificationStatus[] Statuses = Enum.GetValues<NotificationStatus>();

    private CommandHistory(IReadOnlyList<HistoryWrite> writes) => Writes = writes;

    public IReadOnlyList<HistoryWrite> Writes { get; }

    /// <summary>The number of writes that result in a dead letter.</summary>
    public int Poison => Writes.Count(write => write.Kind is WriteKind.Poison);

    /// <summary>The records that must be visible at the end.</summary>
    public IReadOnlyList<CommandRecord> Fold() =>
        [
            .. Writes
                .GroupBy(write => (write.Record.TransactionId, write.Record.CreatedAt))
                .Select(writes => writes.Last())
                .Where(last => last.Kind is WriteKind.Put)
                .Select(last => last.Record),
        ];

    public static CommandHistory Of(int seed, int length, string users = "user", bool curable = true)
    {
        var random = new Random(seed);
        var writes = new List<HistoryWrite>(length);
        var there = new List<HistoryWrite>();
        var removed = new List<CommandRecord>();
        var first = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        while (writes.Count < length)
        {
            var at = there.Count == 0 ? -1 : random.Next(there.Count);
            var dice = random.Next(100);
            if (at < 0 || dice < 40)
            {
                var record =
                    removed.Count > 0 && dice < 8
                        ? Take(removed, random.Next(removed.Count))
                        : Fresh($"{users}-{seed}-{writes.Count:D5}", Timestamp.Format(first.AddMilliseconds(writes.Count / 3)));
                Put(there.Count, record, dice is >= 8 and < 11);
            }
            else if (there[at].Kind is WriteKind.Poison && !curable)
            {
                continue;
            }
            else if (dice < 85)
            {
                var before = there[at].Record;
                Put(
                    at,
                    dice < 55 ? before with { UserId = User() } : before with { Status = Statuses[random.Next(Statuses.Length)] },
                    curable && dice >= 82
                );
            }
            else
            {
                var record = there[at].Record;
                there.RemoveAt(at);
                removed.Add(record);
                writes.Add(new(record, WriteKind.Remove));
            }
        }

        return new(writes);

        void Put(int index, CommandRecord record, bool poison)
        {
            var write = new HistoryWrite(
                record with
                {
                    Title = string.Create(CultureInfo.InvariantCulture, $"title {writes.Count}"),
                },
                poison ? WriteKind.Poison : WriteKind.Put
            );
            if (index == there.Count)
                there.Add(write);
            else
                there[index] = write;
            writes.Add(write);
        }

        string User() => string.Create(CultureInfo.InvariantCulture, $"{users}-{random.Next(8)}");

        CommandRecord Fresh(string transactionId, string createdAt) =>
            new()
            {
                TransactionId = transactionId,
                CreatedAt = createdAt,
                UserId = User(),
                Channel = Channels[random.Next(Channels.Length)],
                Status = NotificationStatus.Pending,
                CampaignId = random.Next(2) == 0 ? "spring-sale" : null,
                Body = "20% off",
            };

        static CommandRecord Take(List<CommandRecord> from, int index)
        {
            var taken = from[index];
            from.RemoveAt(index);
            return taken;
        }
    }
}
