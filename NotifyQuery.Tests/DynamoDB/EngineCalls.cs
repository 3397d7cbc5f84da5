using Amazon.DynamoDBv2;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>The write, the dead letter and the read that the tests of faults ask an engine for.</summary>
internal static class EngineCalls
{
    // On a clock that stands still no limit of our own passes: a slow machine is not taken for a slow engine.
    public static readonly FakeTimeProvider StillTime = FakeTime.New();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static ProjectionWrite Write =>
        new ProjectionWrite.Put(
            new CommandRecord
            {
                TransactionId = "tx-1",
                CreatedAt = "2026-11-22T08:15:30.123Z",
                UserId = "ann",
            },
            Change.Version(1)
        );

    public static DeadLetter Letter =>
        new()
        {
            EventId = "event-1",
            CommittedAt = Change.FirstCommit,
            SequenceNumber = "1",
            Record = "{}",
            ErrorType = "InvalidCommand",
            ErrorMessage = "user_id is missing",
            Attempts = 1,
        };

    public static Task<WriteResult> WriteAsync(AmazonDynamoDBClient client) =>
        new DynamoDBProjectionStore(client, new(), StillTime).WriteAsync(Write, Token);

    public static Task<WriteResult> KeepAsync(AmazonDynamoDBClient client) =>
        new DynamoDBDeadLetters(client, new()).PutAsync(Letter, Token);

    public static Task<NotificationPage> ReadAsync(AmazonDynamoDBClient client) =>
        new DynamoDBNotificationReader(client, new()).ReadAsync(new() { By = QueryKind.User, Value = "ann" }, Token);
}
