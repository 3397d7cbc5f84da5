using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>The commands, letters and log of the tests of the failure log.</summary>
internal static class KeptFailures
{
    public const string Moment = "2026-11-22T08:15:30.123Z";

    public static readonly CommandState Valid = CommandState.Of("tx-1", Moment, "ann").With(AttributeNames.Status, "SENT");
    public static readonly CommandState Poison = Valid.With(AttributeNames.Channel, "fax");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static DeadLetter LetterOf(string id, DateTimeOffset at) =>
        new()
        {
            EventId = id,
            CommittedAt = at,
            SequenceNumber = "1",
            TransactionId = "tx-1",
            CreatedAt = Moment,
            Record = "{}",
            ErrorType = "InvalidCommand",
            ErrorMessage = "user_id is missing",
            Attempts = 1,
        };

    public static FailureLog Log(Pipeline pipeline) => new(pipeline.Tables.Client, pipeline.Tables.Names, TimeProvider.System);

    public static async Task<StoredDeadLetter> OnlyLetterAsync(Pipeline pipeline)
    {
        var item = Assert.Single(await pipeline.Tables.AllAsync(pipeline.Tables.Names.ProjectionFailures, Token));
        return await Log(pipeline).FindAsync(item["failed_at"].S, Token)
            ?? throw new InvalidOperationException("the letter is not found by its id");
    }
}
