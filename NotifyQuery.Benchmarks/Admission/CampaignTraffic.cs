using System.Globalization;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Benchmarks.Admission;

/// <summary>
/// The changes of a campaign and of ordinary traffic. Each notification is inserted, then sent, then delivered. While all three happen at
/// once, a third of the commands are inserts.
/// </summary>
/// <param name="options">The numbers and rates.</param>
internal sealed class CampaignTraffic(AdmissionOptions options)
{
    /// <summary>The campaign.</summary>
    public const string Campaign = "spring-sale";

    private const int OrdinaryCampaigns = 200;
    private const double SentAfter = 5;
    private const double DeliveredAfter = 15;
    private const string StreamArn = "arn:aws:dynamodb:us-east-1:123456789012:table/command-records/stream/2026-11-20T00:00:00.000";

    // A body of typical length: the projected item has about 750 bytes.
    private static readonly string Body = new('x', 330);

    private readonly double seconds = options.Notifications / (options.CommandsPerSecond / 3.0);
    private long sequence;

    /// <summary>The time of the first command.</summary>
    public static DateTimeOffset Start { get; } = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);

    /// <summary>The number of notifications.</summary>
    public int Notifications { get; } =
        options.Notifications + (int)(options.Notifications / (options.CommandsPerSecond / 3.0) * options.OrdinaryPerSecond / 3);

    /// <summary>For how many seconds commands are written.</summary>
    public double Seconds => seconds + DeliveredAfter;

    /// <summary>The number of a notification, from its transaction id.</summary>
    public static int NumberOf(string transactionId) => int.Parse(transactionId.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>The commands in a time interval, each with the number of its notification.</summary>
    /// <param name="from">The start in seconds, inclusive.</param>
    /// <param name="until">The end in seconds, exclusive.</param>
    public IEnumerable<(int Number, StreamChange Change)> Between(double from, double until)
    {
        foreach (
            var (after, status) in ((double, NotificationStatus)[])
                [(0, NotificationStatus.Pending), (SentAfter, NotificationStatus.Sent), (DeliveredAfter, NotificationStatus.Delivered)]
        )
            for (var number = CountAt(from - after); number < CountAt(until - after); number++)
                yield return (number, ChangeOf(number, status, Start.AddSeconds(until)));
    }

    private int CountAt(double time) => (int)Math.Round(Notifications * Math.Clamp(time / seconds, 0, 1));

    private StreamChange ChangeOf(int number, NotificationStatus status, DateTimeOffset committedAt)
    {
        // Ordinary notifications are spread evenly between those of the campaign.
        var ordinary =
            (long)number * options.OrdinaryPerSecond / (options.CommandsPerSecond + options.OrdinaryPerSecond)
            != (number + 1L) * options.OrdinaryPerSecond / (options.CommandsPerSecond + options.OrdinaryPerSecond);
        var record = new CommandRecord
        {
            TransactionId = string.Create(CultureInfo.InvariantCulture, $"tx-{number:D9}"),
            CreatedAt = Timestamp.Format(Start.AddSeconds(seconds * number / Notifications)),
            UserId = string.Create(CultureInfo.InvariantCulture, $"user-{number:D9}"),
            Channel = Channel.Push,
            Status = status,
            CampaignId = ordinary ? string.Create(CultureInfo.InvariantCulture, $"campaign-{number % OrdinaryCampaigns:D3}") : Campaign,
            Title = "Spring sale",
            Body = Body,
            UpdatedAt = Timestamp.Format(committedAt),
        };
        return new()
        {
            EventId = "",
            StreamArn = StreamArn,
            SequenceNumber = (++sequence).ToString(CultureInfo.InvariantCulture),
            CommittedAt = committedAt,
            Before = status is NotificationStatus.Pending ? null : record.Key,
            After = new(record, []),
            TransactionId = record.TransactionId,
            CreatedAt = record.CreatedAt,
            RawRecord = () => throw new InvalidOperationException("no command of the model is a dead letter"),
        };
    }
}
