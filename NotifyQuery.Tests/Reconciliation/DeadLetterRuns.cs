using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Operations.Failures;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>Dead letters, and what is done with many of them at once.</summary>
internal static class DeadLetterRuns
{
    private const string Moment = "2026-11-22T08:15:30.123Z";

    public static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    public static readonly FailureSelection Everything = new() { Window = new(Now.AddDays(-7)) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static DeadLetterOperations Operations(Pipeline pipeline) => new(pipeline.Client, pipeline.Tables.Names, TimeProvider.System);

    public static async Task<FailureRunReport> RunAsync(
        Pipeline pipeline,
        FailureOperation operation,
        FailureSelection selection,
        FailureRunOptions? options = null
    )
    {
        var report = new FailureRunReport(operation, options?.DryRun ?? false);
        await Operations(pipeline).RunAsync(operation, selection, options ?? new(), report, Token);
        return report;
    }

    public static CommandState Command(string transactionId) => CommandState.Of(transactionId, Moment, "ann");

    public static DateTimeOffset Cut(DateTimeOffset moment) => Timestamp.Parse(Timestamp.Format(moment));

    public static DeadLetter Letter(
        string id,
        string? transactionId,
        DateTimeOffset at,
        string message = "user_id is missing",
        string type = "InvalidCommand"
    ) =>
        new()
        {
            EventId = id,
            CommittedAt = at,
            SequenceNumber = "1",
            TransactionId = transactionId,
            CreatedAt = transactionId is null ? null : Moment,
            Record = "{}",
            ErrorType = type,
            ErrorMessage = message,
            Attempts = 1,
        };

    public static async Task KeepAsync(Pipeline pipeline, params DeadLetter[] letters)
    {
        foreach (var letter in letters)
            await pipeline.Tables.DeadLetters.PutAsync(letter, Token);
    }
}
