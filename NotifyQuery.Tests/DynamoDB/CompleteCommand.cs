using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>A command with every attribute, and the write of a command.</summary>
internal static class CompleteCommand
{
    public static readonly CommandRecord Record = new()
    {
        TransactionId = "tx-1",
        CreatedAt = "2026-11-22T08:15:30.123Z",
        UserId = "ann",
        Channel = Channel.InApp,
        Status = NotificationStatus.Failed,
        CampaignId = "spring",
        Title = "title",
        Body = "body",
        ErrorMessage = "mailbox full",
        UpdatedAt = "2026-11-22T08:16:00.000Z",
        TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    };

    public static ProjectionWrite.Put Put(CommandRecord record, long version) => new(record, Change.Version(version));
}
