using System.Net;
using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.DynamoDB.CompleteCommand;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>What a write is told of an engine that does not answer, or answers with an error.</summary>
public sealed class ProjectionStoreFailureTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static readonly CommandRecord Record = CompleteCommand.Record;

    // On a clock that stands still no limit of our own passes: a slow machine is not taken for a slow engine.
    private static readonly FakeTimeProvider StillTime = FakeTime.New();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_engine_that_cannot_be_reached_is_unavailable()
    {
        using var client = ScriptedEngine.ClientOfNothing();

        var result = await new DynamoDBProjectionStore(client, new(), StillTime).WriteAsync(Put(Record, 1), Token);

        Assert.Equal(WriteOutcome.Unavailable, result.Outcome);
        Assert.NotEmpty(result.Reason!);
    }

    [Fact]
    public async Task An_engine_that_does_not_answer_in_time_or_hangs_up_is_unavailable()
    {
        await using var silent = ScriptedEngine.Silent();
        await using var hangingUp = ScriptedEngine.HangingUp();
        using var slow = silent.Client();
        using var rude = hangingUp.Client();

        Assert.Equal(
            WriteOutcome.Unavailable,
            (await new DynamoDBProjectionStore(slow, new(), TimeProvider.System).WriteAsync(Put(Record, 1), Token)).Outcome
        );
        Assert.Equal(
            WriteOutcome.Unavailable,
            (await new DynamoDBProjectionStore(rude, new(), TimeProvider.System).WriteAsync(Put(Record, 1), Token)).Outcome
        );
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, "ProvisionedThroughputExceededException")]
    [InlineData(HttpStatusCode.BadRequest, "ThrottlingException")]
    [InlineData(HttpStatusCode.BadRequest, "RequestLimitExceeded")]
    [InlineData(HttpStatusCode.BadRequest, "TransactionConflictException")]
    [InlineData(HttpStatusCode.InternalServerError, "InternalServerError")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "ServiceUnavailable")]
    public async Task A_throttled_or_faulty_engine_is_unavailable(HttpStatusCode status, string errorCode)
    {
        await using var failing = ScriptedEngine.Failing(status, errorCode);
        using var client = failing.Client();

        var result = await new DynamoDBProjectionStore(client, new(), StillTime).WriteAsync(Put(Record, 1), Token);

        Assert.Equal(WriteOutcome.Unavailable, result.Outcome);
    }

    [Fact]
    public async Task An_item_collection_that_is_full_refuses_the_item()
    {
        await using var failing = ScriptedEngine.Failing(HttpStatusCode.BadRequest, "ItemCollectionSizeLimitExceededException");
        using var client = failing.Client();

        var result = await new DynamoDBProjectionStore(client, new(), StillTime).WriteAsync(Put(Record, 1), Token);

        Assert.Equal(new WriteResult(WriteOutcome.Refused, "scripted"), result);
    }

    [Theory]
    [InlineData("AccessDeniedException")]
    [InlineData("UnrecognizedClientException")]
    [InlineData("ResourceNotFoundException")]
    public async Task What_neither_passes_nor_is_the_items_fault_is_thrown(string errorCode)
    {
        await using var failing = ScriptedEngine.Failing(HttpStatusCode.BadRequest, errorCode);
        using var client = failing.Client();

        var exception = await Assert.ThrowsAnyAsync<Amazon.DynamoDBv2.AmazonDynamoDBException>(() =>
            new DynamoDBProjectionStore(client, new(), StillTime).WriteAsync(Put(Record, 1), Token)
        );
        Assert.Equal(errorCode, exception.ErrorCode);
    }

    [Fact]
    public async Task A_missing_table_is_no_fault_of_the_item()
    {
        using var client = engine.Client(DynamoDbLocal.NewSpace());

        await Assert.ThrowsAsync<ResourceNotFoundException>(() =>
            new DynamoDBProjectionStore(client, new(), StillTime).WriteAsync(Put(Record, 1), Token)
        );
    }

    [Fact]
    public async Task A_caller_that_cancels_gets_the_cancellation_and_not_an_unavailable_engine()
    {
        await using var silent = ScriptedEngine.Silent();
        using var client = silent.Client();
        using var giveUp = new CancellationTokenSource();
        var writing = new DynamoDBProjectionStore(client, new(), StillTime).WriteAsync(Put(Record, 1), giveUp.Token);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
    }
}
