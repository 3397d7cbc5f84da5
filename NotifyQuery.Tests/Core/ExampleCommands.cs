using NotifyQuery.Core.Notifications;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Core;

/// <summary>A command with what is required alone, and one with every attribute.</summary>
internal static class ExampleCommands
{
    public const string CreatedAt = "2026-11-22T08:15:30.123Z";

    public static readonly CommandState Valid = CommandState.Of("tx-1", CreatedAt, "user-1");

    public static readonly CommandState Complete = Valid
        .With(AttributeNames.Channel, "in_app")
        .With(AttributeNames.Status, "FAILED")
        .With(AttributeNames.CampaignId, "spring")
        .With(AttributeNames.Title, "title")
        .With(AttributeNames.Body, "body")
        .With(AttributeNames.ErrorMessage, "error")
        .With(AttributeNames.UpdatedAt, "2026-11-22T08:16:00.000Z")
        .With(AttributeNames.TraceParent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
}
