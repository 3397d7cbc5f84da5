using System.Net;
using Amazon.DynamoDBv2;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.DynamoDB.ReaderQueries;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>What a reader is told of an engine that does not answer, or answers with an error.</summary>
public sealed class ReaderFailureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_engine_that_cannot_be_reached_or_hangs_up_is_unavailable()
    {
        await using var hangingUp = ScriptedEngine.HangingUp();
        using var rude = hangingUp.Client();
        using var nothing = ScriptedEngine.ClientOfNothing();

        foreach (var client in (AmazonDynamoDBClient[])[rude, nothing])
        {
            var exception = await Assert.ThrowsAsync<NotificationReadException>(() =>
                new DynamoDBNotificationReader(client, new()).ReadAsync(OfAnn, Token)
            );
            Assert.Equal(ReadFailure.Unavailable, exception.Failure);
            Assert.StartsWith("notification-records could not be read: ", exception.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("ann", exception.Message, StringComparison.Ordinal);
            Assert.NotNull(exception.InnerException);
        }
    }

    [Fact]
    public async Task An_engine_that_does_not_answer_in_time_is_a_timeout()
    {
        await using var silent = ScriptedEngine.Silent();
        using var client = silent.Client();

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() =>
            new DynamoDBNotificationReader(client, new()).ReadAsync(OfAnn, Token)
        );

        Assert.Equal(ReadFailure.Timeout, exception.Failure);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, "ProvisionedThroughputExceededException")]
    [InlineData(HttpStatusCode.BadRequest, "ThrottlingException")]
    [InlineData(HttpStatusCode.InternalServerError, "InternalServerError")]
    public async Task A_throttled_or_faulty_engine_is_unavailable(HttpStatusCode status, string errorCode)
    {
        await using var failing = ScriptedEngine.Failing(status, errorCode);
        using var client = failing.Client();

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() =>
            new DynamoDBNotificationReader(client, new()).ReadAsync(OfAnn, Token)
        );

        Assert.Equal(ReadFailure.Unavailable, exception.Failure);
    }

    [Theory]
    [InlineData("AccessDeniedException")]
    [InlineData("ResourceNotFoundException")]
    [InlineData("ValidationException")]
    public async Task What_does_not_pass_by_itself_is_not_called_unavailable(string errorCode)
    {
        await using var failing = ScriptedEngine.Failing(HttpStatusCode.BadRequest, errorCode);
        using var client = failing.Client();

        var exception = await Assert.ThrowsAnyAsync<AmazonDynamoDBException>(() =>
            new DynamoDBNotificationReader(client, new()).ReadAsync(OfAnn, Token)
        );
        Assert.Equal(errorCode, exception.ErrorCode);
    }

    [Fact]
    public async Task A_caller_that_cancels_gets_the_cancellation()
    {
        await using var silent = ScriptedEngine.Silent();
        using var client = silent.Client();
        using var giveUp = new CancellationTokenSource();
        var reading = new DynamoDBNotificationReader(client, new()).ReadAsync(OfAnn, giveUp.Token);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }
}
