using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>Commands as external systems write them, each with a new id.</summary>
internal static class SampleCommands
{
    public static CommandRecord New() =>
        new()
        {
            TransactionId = $"tx-{Guid.NewGuid():N}",
            CreatedAt = Timestamp.Format(TimeProvider.System.GetUtcNow()),
            UserId = $"user-{Guid.NewGuid():N}",
            Channel = Channel.Email,
            Status = NotificationStatus.Pending,
            CampaignId = "spring-sale",
            Title = "Spring sale: 20% off",
            Body = "Everything in your wish list is 20% off until Sunday.",
            UpdatedAt = Timestamp.Format(TimeProvider.System.GetUtcNow()),
        };
}
