using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>How often and how long one read of the table is waited for.</summary>
public sealed class ReadAttemptTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);
    private static readonly NotificationQuery OfAnn = new()
    {
        By = QueryKind.User,
        Value = "ann",
        Limit = 2,
    };

    private readonly FakeTimeProvider time = FakeTime.New();
    private readonly SemaphoreSlim reached = new(0);
    private int queries;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => reached.Dispose();

    [Fact]
    public async Task A_read_that_is_not_answered_within_its_limit_is_given_up_and_made_once_more()
    {
        using var client = Client(
            (_, token) => queries == 1 ? HangAsync(token) : Task.FromResult(new QueryResponse { Items = [Item("tx-1")] })
        );
        var reading = Reader(client).ReadAsync(OfAnn, Token);
        await ReachedAsync();

        time.Advance(Limit - TimeSpan.FromTicks(1));
        Assert.Equal(1, queries);
        time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal("tx-1", Assert.Single((await EndOf(reading)).Items).TransactionId);
        Assert.Equal(2, queries);
    }

    [Fact]
    public async Task A_read_that_is_not_answered_the_second_time_either_is_a_timeout()
    {
        using var client = Client((_, token) => HangAsync(token));
        var reading = Reader(client).ReadAsync(OfAnn, Token);
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            await ReachedAsync();
            Assert.Equal(attempt, queries);
            time.Advance(Limit);
        }

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => EndOf(reading));

        Assert.Equal(
            (ReadFailure.Timeout, "notification-records could not be read: the request timed out"),
            (exception.Failure, exception.Message)
        );
        Assert.Equal(2, queries);
    }

    [Fact]
    public async Task Each_read_of_a_page_has_a_limit_of_its_own()
    {
        // A page of several reads, each of which takes nearly its limit: together they take longer than one may.
        using var client = Client(
            (request, _) =>
            {
                time.Advance(Limit - TimeSpan.FromTicks(1));
                return Task.FromResult(
                    request.ExclusiveStartKey is null
                        ? new QueryResponse { Items = [Item("tx-2")], LastEvaluatedKey = Key("tx-2") }
                        : new QueryResponse { Items = [Item("tx-1")] }
                );
            }
        );

        var page = await EndOf(Reader(client).ReadAsync(OfAnn, Token));

        Assert.Equal(["tx-2", "tx-1"], page.Items.Select(item => item.TransactionId));
        Assert.Equal(2, queries);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_engine_refuses_is_not_asked_again_here(bool throttled)
    {
        using var client = Client(
            (_, _) =>
                throw (throttled ? new ProvisionedThroughputExceededException("throttled") : new TimeoutException("the client's own limit"))
        );

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => EndOf(Reader(client).ReadAsync(OfAnn, Token)));

        Assert.Equal(throttled ? ReadFailure.Unavailable : ReadFailure.Timeout, exception.Failure);
        Assert.Equal(1, queries);
    }

    [Fact]
    public async Task Without_a_limit_of_its_own_a_read_is_waited_for_as_long_as_the_client_waits()
    {
        var answer = new TaskCompletionSource<QueryResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var client = Client((_, _) => answer.Task);
        var reading = new DynamoDBNotificationReader(client, new(), attemptLimit: null, time).ReadAsync(OfAnn, Token);

        time.Advance(TimeSpan.FromHours(1));
        Assert.False(reading.IsCompleted);
        answer.SetResult(new() { Items = [Item("tx-1")] });

        Assert.Single((await EndOf(reading)).Items);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_caller_that_cancels_ends_the_running_request(bool withLimit)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var client = Client(
            (_, token) =>
            {
                token.Register(ended.SetResult);
                return HangAsync(token);
            }
        );
        using var giveUp = new CancellationTokenSource();
        var reading = new DynamoDBNotificationReader(client, new(), withLimit ? Limit : null, time).ReadAsync(OfAnn, giveUp.Token);
        await ReachedAsync();

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => EndOf(reading));
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal(1, queries);
    }

    [Theory]
    [InlineData(1)] // days are read at once
    [InlineData(16)] // the keys of a day are
    public async Task When_one_of_several_reads_at_once_fails_the_others_are_given_up_and_none_is_left_behind(int keys)
    {
        // The first read finds nothing, of those that are made at once one hangs, and the others fail once it does.
        var (reads, ended) = (0, 0);
        using var client = Client(
            async (_, token) =>
            {
                switch (Interlocked.Increment(ref reads))
                {
                    case 1:
                        return new QueryResponse { Items = [] };
                    case 2:
                        try
                        {
                            return await HangAsync(token);
                        }
                        finally
                        {
                            Interlocked.Increment(ref ended);
                        }

                    default:
                        await ReachedAsync();
                        reached.Release(); // for the next of them
                        throw new ProvisionedThroughputExceededException("throttled");
                }
            }
        );
        var query = new NotificationQuery
        {
            By = QueryKind.Status,
            Value = "FAILED",
            From = "2026-11-23T00:00:00.000Z",
            To = "2026-11-26T00:00:00.000Z",
        };

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => EndOf(Reader(client, keys).ReadAsync(query, Token)));

        Assert.Equal((ReadFailure.Unavailable, 1), (exception.Failure, ended));
    }

    private DynamoDBNotificationReader Reader(ScriptedClient client, int keys = 1) =>
        new(client, new() { KeySpread = KeySpread.Over(keys) }, Limit, time);

    private ScriptedClient Client(Func<QueryRequest, CancellationToken, Task<QueryResponse>> query) =>
        new()
        {
            Query = (request, token) =>
            {
                Interlocked.Increment(ref queries);
                return query(request, token);
            },
        };

    private Task<QueryResponse> HangAsync(CancellationToken cancellationToken) =>
        ScriptedClient.HangAsync<QueryResponse>(() => reached.Release(), cancellationToken);

    private async Task ReachedAsync() => Assert.True(await reached.WaitAsync(TimeSpan.FromSeconds(30), Token), "no request was made");

    /// <summary>What never ends is a failure, not a test that hangs.</summary>
    private static Task<NotificationPage> EndOf(Task<NotificationPage> reading) => reading.WaitAsync(TimeSpan.FromSeconds(30), Token);

    private static Dictionary<string, AttributeValue> Item(string transaction) =>
        new(Key(transaction))
        {
            [AttributeNames.TransactionId] = new(transaction),
            [AttributeNames.SentAt] = new("2026-11-22T08:15:30.123Z"),
        };

    private static Dictionary<string, AttributeValue> Key(string transaction) =>
        new() { [AttributeNames.UserId] = new("ann"), [AttributeNames.CreatedAt] = new($"2026-11-22T08:15:30.123Z#{transaction}") };
}
