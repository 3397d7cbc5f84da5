using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Operations.Simulation;

/// <summary>The kind of a write.</summary>
public enum WriteKind
{
    /// <summary>A notification is requested.</summary>
    Insert,

    /// <summary>The status of a notification advances, or the notification fails.</summary>
    StatusChange,

    /// <summary>A notification moves to another user.</summary>
    Move,

    /// <summary>A record is removed.</summary>
    Removal,

    /// <summary>An insert without a user_id, which can never be projected.</summary>
    Poison,
}

/// <summary>How often the rarer writes occur.</summary>
/// <param name="Removals">Share of the writes to a sent notification that remove it.</param>
/// <param name="Moves">Share of the writes to a notification that move it to another user.</param>
/// <param name="Poison">Share of the inserts that can never be projected.</param>
public sealed record WriteShares(double Removals = 0.05, double Moves = 0, double Poison = 0);

/// <summary>One write to command-records.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Record">The record after the write; for a removal, the record before it.</param>
public sealed record SimulatedWrite(WriteKind Kind, CommandRecord Record);

/// <summary>
/// A realistic sequence of writes: notifications are requested, sent, delivered, read or failed, and a few are removed. Many notifications
/// are in progress at once. The same seed, number of users and start time give the same writes.
/// </summary>
public sealed class SimulatedWrites(int users, int seed, DateTimeOffset now, WriteShares? shares = null)
{
    private const int MostUnderWay = 200;
    private const double FailedShare = 0.08;

    private static readonly (string Campaign, string Title, string Body)[] Messages =
    [
        ("spring-sale", "Spring sale: 20% off", "Everything in your wish list is 20% off until Sunday."),
        ("order-updates", "Your order is on its way", "The parcel was handed to the carrier and arrives tomorrow."),
        ("security", "New sign-in", "Your account was used on a new device. Was it you?"),
        ("newsletter", "This week's stories", "Five long reads for the weekend, picked for you."),
        ("billing", "Your invoice is ready", "The invoice of this month can be downloaded from your account."),
    ];

    private static readonly string[] Errors = ["device token expired", "mailbox full", "number not in service", "provider timed out"];

    private readonly Random random = new(seed);
    private readonly WriteShares shares = shares ?? new();

    /// <summary>The name of the first user, who is always one of the simulated users.</summary>
    public const string FirstUser = "user-0001";

    /// <summary>The first <paramref name="count"/> writes.</summary>
    public IEnumerable<SimulatedWrite> Take(int count)
    {
        var underWay = new List<CommandRecord>();
        for (var i = 0; i < count; i++)
        {
            if (underWay.Count == 0 || (underWay.Count < MostUnderWay && random.NextDouble() < 0.4))
            {
                var inserted = NewRecord(i);
                if (i > 0 && random.NextDouble() < shares.Poison)
                {
                    yield return new(WriteKind.Poison, inserted);
                    continue;
                }

                underWay.Add(inserted);
                yield return new(WriteKind.Insert, inserted);
                continue;
            }

            var at = random.Next(underWay.Count);
            var record = underWay[at];
            if (record.Status is not NotificationStatus.Pending && random.NextDouble() < shares.Removals)
            {
                underWay.RemoveAt(at);
                yield return new(WriteKind.Removal, record);
                continue;
            }

            if (random.NextDouble() < shares.Moves)
            {
                underWay[at] = record with { UserId = AnyUser() };
                yield return new(WriteKind.Move, underWay[at]);
                continue;
            }

            var changed = Advance(record);
            if (changed.Status is NotificationStatus.Read or NotificationStatus.Failed)
                underWay.RemoveAt(at);
            else
                underWay[at] = changed;
            yield return new(WriteKind.StatusChange, changed);
        }
    }

    private CommandRecord NewRecord(int number)
    {
        var (campaign, title, body) = Messages[random.Next(Messages.Length)];
        var createdAt = Timestamp.Format(now - TimeSpan.FromSeconds(random.Next(7 * 24 * 3600)));
        return new()
        {
            TransactionId = $"tx-{seed}-{number:D7}",
            CreatedAt = createdAt,
            UserId = number == 0 ? FirstUser : AnyUser(),
            Channel = (Channel)random.Next(4),
            Status = NotificationStatus.Pending,
            CampaignId = random.NextDouble() < 0.8 ? campaign : null,
            Title = title,
            Body = body,
            UpdatedAt = createdAt,
        };
    }

    private string AnyUser() => $"user-{1 + random.Next(users):D4}";

    private CommandRecord Advance(CommandRecord record)
    {
        var failed = record.Status is NotificationStatus.Pending or NotificationStatus.Sent && random.NextDouble() < FailedShare;
        var updatedAt = Timestamp.Format(Timestamp.Parse(record.UpdatedAt!) + TimeSpan.FromMilliseconds(random.Next(50, 60_000)));
        return record with
        {
            Status = failed ? NotificationStatus.Failed : record.Status!.Value + 1,
            ErrorMessage = failed ? Errors[random.Next(Errors.Length)] : null,
            UpdatedAt = updatedAt,
        };
    }
}
