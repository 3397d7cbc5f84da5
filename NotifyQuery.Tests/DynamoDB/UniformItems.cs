using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>Items of one user, campaign and status, at growing moments, and the query for their status.</summary>
internal static class UniformItems
{
    public static readonly DateTimeOffset Day = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    public static readonly NotificationQuery Failed = new()
    {
        By = QueryKind.Status,
        Value = "FAILED",
        From = Timestamp.Format(Day),
        To = Timestamp.Format(Day.AddDays(31)),
    };

    public static NotificationKey KeyOf(int number, int perDay) => NotificationKey.Of("ann", MomentOf(number, perDay), $"tx-{number:D5}");

    /// <summary>Items of one user, campaign and status, so that each query finds all of them.</summary>
    public static Func<KeySpread, IEnumerable<Dictionary<string, AttributeValue>>> Items(
        int count,
        int perDay,
        Func<int, string>? channel = null,
        string body = "20% off"
    ) =>
        spread =>
            Enumerable
                .Range(0, count)
                .Select(i => new Dictionary<string, AttributeValue>
                {
                    [AttributeNames.UserId] = new("ann"),
                    [AttributeNames.CreatedAt] = new(KeyOf(i, perDay).SortKey),
                    [AttributeNames.TransactionId] = new($"tx-{i:D5}"),
                    [AttributeNames.SentAt] = new(MomentOf(i, perDay)),
                    [AttributeNames.Status] = new("FAILED"),
                    [AttributeNames.StatusKey] = new(spread.KeyOf(SharedKey.StatusOfDay, CommandOf(i, perDay))),
                    [AttributeNames.CampaignId] = new("spring"),
                    [AttributeNames.CampaignKey] = new(spread.KeyOf(SharedKey.Campaign, CommandOf(i, perDay))),
                    [AttributeNames.Channel] = new(channel?.Invoke(i) ?? "sms"),
                    [AttributeNames.Body] = new(body),
                });

    private static string MomentOf(int number, int perDay) => Timestamp.Format(Day.AddDays(number / perDay).AddSeconds(number % perDay));

    private static CommandRecord CommandOf(int number, int perDay) =>
        new()
        {
            TransactionId = $"tx-{number:D5}",
            CreatedAt = MomentOf(number, perDay),
            UserId = "ann",
            Status = NotificationStatus.Failed,
            CampaignId = "spring",
        };
}
