using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>How long one write of the projection is waited for.</summary>
public sealed class WriteLimitTests
{
    private static readonly ProjectionWrite Write = new ProjectionWrite.Put(
        new CommandRecord
        {
            TransactionId = "tx-1",
            CreatedAt = "2026-11-22T08:15:30.123Z",
            UserId = "ann",
        },
        Change.Version(1)
    );

    private readonly FakeTimeProvider time = FakeTime.New();
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_write_that_is_not_answered_is_given_up_after_five_seconds_and_is_unavailable()
    {
        using var client = Silent();
        var writing = new DynamoDBProjectionStore(client, new(), time).WriteAsync(Write, Token);
        await reached.Task.WaitAsync(Token);

        time.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Assert.False(writing.IsCompleted);
        time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(WriteOutcome.Unavailable, (await writing.WaitAsync(TimeSpan.FromSeconds(30), Token)).Outcome);
    }

    [Fact]
    public async Task A_write_that_the_batch_gives_up_ends_at_once_and_says_so()
    {
        using var client = Silent();
        using var deadline = new CancellationTokenSource();
        var writing = new DynamoDBProjectionStore(client, new(), time).WriteAsync(Write, deadline.Token);
        await reached.Task.WaitAsync(Token);

        await deadline.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(TimeSpan.FromSeconds(30), Token));
    }

    [Fact]
    public async Task A_dead_letter_that_the_batch_gives_up_ends_at_once_and_says_so()
    {
        using var client = Silent();
        using var deadline = new CancellationTokenSource();
        var letter = new DeadLetter
        {
            EventId = "event-1",
            CommittedAt = Change.FirstCommit,
            SequenceNumber = "1",
            Record = "{}",
            ErrorType = "InvalidCommand",
            ErrorMessage = "user_id is missing",
            Attempts = 1,
        };
        var keeping = new DynamoDBDeadLetters(client, new()).PutAsync(letter, deadline.Token);
        await reached.Task.WaitAsync(Token);

        await deadline.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping.WaitAsync(TimeSpan.FromSeconds(30), Token));
    }

    private ScriptedClient Silent() => new() { Put = (_, token) => ScriptedClient.HangAsync<PutItemResponse>(reached.SetResult, token) };
}
