using System.Net;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Ports;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.DynamoDB.EngineCalls;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>Errors that say something of one item: it can never be written, another writes it, or it is as new already.</summary>
public sealed class ItemFaultTests
{
    private const HttpStatusCode Bad = HttpStatusCode.BadRequest;

    [Fact]
    public async Task An_item_that_can_never_be_written_is_refused_and_a_dead_letter_or_a_query_that_cannot_is_a_bug()
    {
        await using var engine = ScriptedEngine.Failing(Bad, nameof(ItemCollectionSizeLimitExceededException));
        using var client = engine.Client();

        Assert.Equal(new WriteResult(WriteOutcome.Refused, "scripted"), await WriteAsync(client));
        await Assert.ThrowsAnyAsync<AmazonDynamoDBException>(() => KeepAsync(client));
        await Assert.ThrowsAnyAsync<AmazonDynamoDBException>(() => ReadAsync(client));
    }

    [Theory]
    [InlineData(nameof(TransactionConflictException))]
    [InlineData(nameof(ReplicatedWriteConflictException))]
    public async Task Where_another_writes_the_item_at_this_moment_the_write_may_be_made_later(string errorCode)
    {
        await using var engine = ScriptedEngine.Failing(Bad, errorCode);
        using var client = engine.Client();

        Assert.Equal(WriteOutcome.Unavailable, (await WriteAsync(client)).Outcome);
        Assert.Equal(WriteOutcome.Unavailable, (await KeepAsync(client)).Outcome);
    }

    [Fact]
    public async Task A_condition_that_does_not_hold_means_that_the_item_is_as_new_already_and_the_dead_letter_is_kept_already()
    {
        await using var engine = ScriptedEngine.Failing(Bad, nameof(ConditionalCheckFailedException));
        using var client = engine.Client();

        Assert.Equal(new WriteResult(WriteOutcome.Stale), await WriteAsync(client));
        Assert.Equal(new WriteResult(WriteOutcome.Applied), await KeepAsync(client));
    }
}
