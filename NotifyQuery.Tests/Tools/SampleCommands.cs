using NotifyQuery.Core.Notifications;
using NotifyQuery.Tests.Reconciliation;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Tools;

/// <summary>Two commands, and how a dead letter of one is stored.</summary>
internal static class SampleCommands
{
    public const string Moment = "2026-11-22T08:15:30.123Z";

    public static readonly CommandState Ann = CommandState.Of("tx-1", Moment, "ann").With(AttributeNames.Status, "SENT");
    public static readonly CommandState Bob = CommandState.Of("tx-2", Moment, "bob");

    public static async Task<string> StoreDeadLetterAsync(Pipeline pipeline, string eventId, DateTimeOffset at, CommandState command)
    {
        await pipeline.Tables.DeadLetters.PutAsync(
            new()
            {
                EventId = eventId,
                CommittedAt = at,
                SequenceNumber = "1",
                TransactionId = command.Read(AttributeNames.TransactionId).Text,
                CreatedAt = Moment,
                Record = $$"""{"eventID":"{{eventId}}"}""",
                ErrorType = "InvalidCommand",
                ErrorMessage = "user_id is missing",
                Attempts = 1,
            },
            TestContext.Current.CancellationToken
        );
        return $"{Timestamp.Format(at)}#{eventId}";
    }
}
