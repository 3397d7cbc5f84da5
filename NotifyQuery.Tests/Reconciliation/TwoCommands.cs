using NotifyQuery.Core.Notifications;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>The commands of two users at one moment.</summary>
internal static class TwoCommands
{
    public const string Moment = "2026-11-22T08:15:30.123Z";

    public static readonly CommandState Ann = CommandState
        .Of("tx-1", Moment, "ann")
        .With(AttributeNames.Status, "SENT")
        .With(AttributeNames.Title, "hello");
    public static readonly CommandState Bob = CommandState.Of("tx-2", Moment, "bob");
}
