using System.Net;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.DynamoDB.EngineCalls;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>
/// What becomes of every error that the engine, the network and the SDK can give: a write that is not known to be made is delivered
/// again, and nothing else is taken for it.
/// </summary>
public sealed class FaultTableTests
{
    private const HttpStatusCode Bad = HttpStatusCode.BadRequest;

    /// <summary>Whether asking again later may help; what stays is thrown.</summary>
    public enum Fate
    {
        Passes,
        Stays,
    }

    public static TheoryData<HttpStatusCode, string, Fate> Answers =>
        new()
        {
            // Throttled.
            { Bad, nameof(ProvisionedThroughputExceededException), Fate.Passes },
            { Bad, nameof(ThrottlingException), Fate.Passes },
            { Bad, "RequestLimitExceeded", Fate.Passes },
            { HttpStatusCode.TooManyRequests, "TooManyRequestsException", Fate.Passes },
            // Faulty, overloaded, or something in front of it that is.
            { HttpStatusCode.InternalServerError, nameof(InternalServerErrorException), Fate.Passes },
            { HttpStatusCode.InternalServerError, "InternalServerError", Fate.Passes },
            { HttpStatusCode.InternalServerError, "InternalFailure", Fate.Passes },
            { HttpStatusCode.BadGateway, "", Fate.Passes },
            { HttpStatusCode.ServiceUnavailable, "ServiceUnavailable", Fate.Passes },
            { HttpStatusCode.GatewayTimeout, "", Fate.Passes },
            { HttpStatusCode.RequestTimeout, "RequestTimeoutException", Fate.Passes },
            // Who asks may not, or asks for what is not there: nothing of it is the item's fault, and waiting does not help.
            { Bad, "AccessDeniedException", Fate.Stays },
            { Bad, "UnrecognizedClientException", Fate.Stays },
            { Bad, "ExpiredTokenException", Fate.Stays },
            { Bad, "MissingAuthenticationTokenException", Fate.Stays },
            { Bad, "IncompleteSignatureException", Fate.Stays },
            { Bad, "InvalidSignatureException", Fate.Stays },
            { Bad, "SerializationException", Fate.Stays },
            { Bad, "UnknownOperationException", Fate.Stays },
            { HttpStatusCode.Forbidden, "", Fate.Stays },
            { HttpStatusCode.NotFound, "", Fate.Stays },
            { HttpStatusCode.RequestEntityTooLarge, "", Fate.Stays },
            { Bad, nameof(ResourceNotFoundException), Fate.Stays },
            { Bad, nameof(TableNotFoundException), Fate.Stays },
            { Bad, nameof(IndexNotFoundException), Fate.Stays },
            { Bad, nameof(ResourceInUseException), Fate.Stays },
            { Bad, nameof(TableInUseException), Fate.Stays },
            { Bad, nameof(InvalidEndpointException), Fate.Stays },
            // Of requests that are not made here: should one come all the same, nobody knows what it means.
            { Bad, nameof(BackupInUseException), Fate.Stays },
            { Bad, nameof(BackupNotFoundException), Fate.Stays },
            { Bad, nameof(ContinuousBackupsUnavailableException), Fate.Stays },
            { Bad, nameof(DuplicateItemException), Fate.Stays },
            { Bad, nameof(ExportConflictException), Fate.Stays },
            { Bad, nameof(ExportNotFoundException), Fate.Stays },
            { Bad, nameof(GlobalTableAlreadyExistsException), Fate.Stays },
            { Bad, nameof(GlobalTableNotFoundException), Fate.Stays },
            { Bad, nameof(IdempotentParameterMismatchException), Fate.Stays },
            { Bad, nameof(ImportConflictException), Fate.Stays },
            { Bad, nameof(ImportNotFoundException), Fate.Stays },
            { Bad, nameof(InvalidExportTimeException), Fate.Stays },
            { Bad, nameof(InvalidRestoreTimeException), Fate.Stays },
            { Bad, nameof(PointInTimeRecoveryUnavailableException), Fate.Stays },
            { Bad, nameof(PolicyNotFoundException), Fate.Stays },
            { Bad, nameof(ReplicaAlreadyExistsException), Fate.Stays },
            { Bad, nameof(ReplicaNotFoundException), Fate.Stays },
            { Bad, nameof(TableAlreadyExistsException), Fate.Stays },
            { Bad, nameof(TransactionCanceledException), Fate.Stays },
            { Bad, nameof(TransactionInProgressException), Fate.Stays },
        };

    /// <summary>What the client throws, with what it means for a reader: null where it is thrown on.</summary>
    public static TheoryData<string, ReadFailure?> Thrown => new(Failures.Select(failure => (failure.Key, failure.Value.Failure)));

    private static Dictionary<string, (Exception Exception, ReadFailure? Failure)> Failures { get; } =
        new()
        {
            ["not reached"] = (new HttpRequestException("refused"), ReadFailure.Unavailable),
            ["broken off"] = (new IOException("reset"), ReadFailure.Unavailable),
            ["the client's timeout"] = (new TimeoutException("slow"), ReadFailure.Timeout),
            ["the client's timeout as a cancellation"] = (new TaskCanceledException("slow", new TimeoutException()), ReadFailure.Timeout),
            ["a cancellation that nobody asked for"] = (new OperationCanceledException("slow"), ReadFailure.Timeout),
            ["not reached, said by the SDK"] = (
                new AmazonClientException("refused", new HttpRequestException("refused")),
                ReadFailure.Unavailable
            ),
            ["broken off, said by the SDK"] = (new AmazonClientException("reset", new IOException("reset")), ReadFailure.Unavailable),
            ["slow, said by the SDK"] = (new AmazonClientException("slow", new TimeoutException()), ReadFailure.Timeout),
            ["slow, said by the SDK as a cancellation"] = (
                new AmazonClientException("slow", new TaskCanceledException()),
                ReadFailure.Timeout
            ),
            ["not reached, said as a service's error without a status"] = (
                new AmazonDynamoDBException("refused", new HttpRequestException("refused")),
                ReadFailure.Unavailable
            ),
            ["slow, said as a service's error without a status"] = (
                new AmazonDynamoDBException("slow", new TimeoutException()),
                ReadFailure.Timeout
            ),
            ["throttled, inside of the SDK's own error"] = (
                new AmazonClientException("throttled", new ProvisionedThroughputExceededException("throttled")),
                ReadFailure.Unavailable
            ),

            ["throttled"] = (new ProvisionedThroughputExceededException("throttled"), ReadFailure.Unavailable),
            ["too many requests"] = (new RequestLimitExceededException("throttled"), ReadFailure.Unavailable),
            ["too much at once"] = (new LimitExceededException("throttled"), ReadFailure.Unavailable),
            ["faulty"] = (new InternalServerErrorException("faulty"), ReadFailure.Unavailable),
            ["another writes the item at this moment"] = (new TransactionConflictException("conflict"), ReadFailure.Unavailable),
            ["another region writes the item at this moment"] = (new ReplicatedWriteConflictException("conflict"), ReadFailure.Unavailable),

            ["no credentials"] = (new AmazonClientException("no credentials"), null),
            ["a bug inside of the SDK's error"] = (new AmazonClientException("a bug", new InvalidOperationException("a bug")), null),
            ["a service's error without a status or a cause"] = (new AmazonDynamoDBException("what?"), null),
            ["a bug"] = (new InvalidOperationException("a bug"), null),
            ["another bug"] = (new KeyNotFoundException("sent_at"), null),
        };

    [Fact]
    public void Every_error_that_the_SDK_knows_is_in_the_table()
    {
        string[] elsewhere = [nameof(ConditionalCheckFailedException), nameof(ItemCollectionSizeLimitExceededException)];
        var known = typeof(AmazonDynamoDBException)
            .Assembly.GetExportedTypes()
            .Where(type => type.IsSubclassOf(typeof(AmazonDynamoDBException)))
            .Select(type => type.Name);

        Assert.Empty(
            known
                .Except(Answers.Select(row => row.Data.Item2))
                .Except(Failures.Values.Select(failure => failure.Exception.GetType().Name))
                .Except(elsewhere)
        );
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_of_the_engine_that_passes_is_unavailable_and_one_that_stays_is_thrown(
        HttpStatusCode status,
        string errorCode,
        Fate fate
    )
    {
        await using var engine = ScriptedEngine.Failing(status, errorCode);
        using var client = engine.Client();

        if (fate is Fate.Passes)
        {
            Assert.Equal(WriteOutcome.Unavailable, (await WriteAsync(client)).Outcome);
            Assert.Equal(WriteOutcome.Unavailable, (await KeepAsync(client)).Outcome);
            Assert.Equal(ReadFailure.Unavailable, (await Assert.ThrowsAsync<NotificationReadException>(() => ReadAsync(client))).Failure);
            return;
        }

        foreach (var ask in (Func<AmazonDynamoDBClient, Task>[])[WriteAsync, KeepAsync, ReadAsync])
        {
            var exception = await Assert.ThrowsAnyAsync<AmazonDynamoDBException>(() => ask(client));
            Assert.Equal(status, exception.StatusCode);
        }
    }

    [Theory]
    [MemberData(nameof(Thrown))]
    public async Task What_the_client_throws_is_unavailable_or_a_timeout_where_it_may_pass_and_thrown_on_where_it_does_not(
        string what,
        ReadFailure? failure
    )
    {
        var exception = Failures[what].Exception;
        using var client = new ScriptedClient { Put = (_, _) => throw exception, Query = (_, _) => throw exception };

        if (failure is null)
        {
            foreach (var ask in (Func<AmazonDynamoDBClient, Task>[])[WriteAsync, KeepAsync, ReadAsync])
                Assert.Same(exception, await Record.ExceptionAsync(() => ask(client)));
            return;
        }

        Assert.Equal(new WriteResult(WriteOutcome.Unavailable, exception.Message), await WriteAsync(client));
        Assert.Equal(new WriteResult(WriteOutcome.Unavailable, exception.Message), await KeepAsync(client));
        Assert.Equal(failure, (await Assert.ThrowsAsync<NotificationReadException>(() => ReadAsync(client))).Failure);
    }

    [Fact]
    public async Task A_cancelled_caller_gets_the_cancellation_whatever_the_client_throws()
    {
        using var giveUp = new CancellationTokenSource();
        await giveUp.CancelAsync();
        foreach (
            var exception in (Exception[])
                [
                    new OperationCanceledException(giveUp.Token),
                    new TaskCanceledException("slow", new TimeoutException()),
                    new AmazonClientException("gone", new OperationCanceledException()),
                ]
        )
        {
            using var client = new ScriptedClient { Put = (_, _) => throw exception, Query = (_, _) => throw exception };

            Assert.Same(
                exception,
                await Record.ExceptionAsync(() => new DynamoDBProjectionStore(client, new(), StillTime).WriteAsync(Write, giveUp.Token))
            );
            Assert.Same(
                exception,
                await Record.ExceptionAsync(() => new DynamoDBDeadLetters(client, new()).PutAsync(Letter, giveUp.Token))
            );
        }
    }
}
