using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using NotifyQuery.Lambdas.QueryResult;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Lambdas;

/// <summary>What the QueryResult function answers: a page, or why there is none, before whoever waits for it gives up.</summary>
public sealed class QueryResultFunctionTests
{
    private static readonly NotificationQuery Query = new()
    {
        By = QueryKind.User,
        Value = "ann",
        Limit = 7,
    };
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(11);
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider time = FakeTime.New();
    private readonly TaskCompletionSource hanging = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_that_was_read_is_answered_as_it_is()
    {
        var page = new NotificationPage(
            [
                new()
                {
                    TransactionId = "tx-1",
                    UserId = "ann",
                    CreatedAt = "2026-11-22T08:15:30.123Z",
                },
            ],
            NotificationKey.Of("ann", "2026-11-22T08:15:30.123Z", "tx-1")
        );
        NotificationQuery? asked = null;

        var response = await AnswerAsync(
            (query, _) =>
            {
                asked = query;
                return Task.FromResult(page);
            }
        );

        Assert.Equal(new QueryResultResponse(page), response);
        Assert.Equal(Query, asked);
    }

    [Theory]
    [InlineData(ReadFailure.Unavailable)]
    [InlineData(ReadFailure.Timeout)]
    [InlineData(ReadFailure.InvalidAnswer)]
    public async Task A_failure_to_read_is_reported_with_its_reason_and_marks_the_span(ReadFailure failure)
    {
        using var span = new Activity("invocation").Start();

        var response = await AnswerAsync((_, _) => throw new NotificationReadException(failure, "notification-records could not be read"));

        Assert.Equal(new QueryResultResponse(null, new(failure, "notification-records could not be read")), response);
        Assert.Equal((ActivityStatusCode.Error, failure.ToString()), (span.Status, span.GetTagItem("error.type")));
        Assert.Contains(span.Events, e => e.Name == "exception");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_shorter_of_the_runtimes_time_and_its_own_limit_ends_a_read_and_is_reported(bool runtimeIsShorter)
    {
        using var span = new Activity("invocation").Start();

        var answering = AnswerAsync(HangAsync, runtimeIsShorter ? Short : Long, runtimeIsShorter ? Long : Short);
        await hanging.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);

        time.Advance(Short - TimeSpan.FromTicks(1));
        Assert.False(answering.IsCompleted);
        time.Advance(TimeSpan.FromTicks(1));

        var response = await answering;
        Assert.Equal(new QueryResultResponse(null, new(ReadFailure.Timeout, "the function's time limit was reached")), response);
        Assert.Equal((ActivityStatusCode.Error, "Timeout"), (span.Status, span.GetTagItem("error.type")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-250)] // the runtime says so once the deadline is past
    public async Task An_invocation_whose_time_is_over_already_is_reported_and_not_thrown(int remainingMilliseconds)
    {
        var response = await AnswerAsync(HangAsync, TimeSpan.FromMilliseconds(remainingMilliseconds));

        Assert.Equal(ReadFailure.Timeout, response.Failure?.Reason);
    }

    [Fact]
    public async Task A_reader_that_gives_up_by_itself_is_a_bug_and_is_thrown()
    {
        await Assert.ThrowsAsync<OperationCanceledException>(() =>
            AnswerAsync((_, _) => throw new OperationCanceledException("nobody asked for that"))
        );
        await Assert.ThrowsAsync<InvalidOperationException>(() => AnswerAsync((_, _) => throw new InvalidOperationException("a bug")));
    }

    private Task<QueryResultResponse> AnswerAsync(
        Func<NotificationQuery, CancellationToken, Task<NotificationPage>> read,
        TimeSpan? remaining = null,
        TimeSpan? limit = null
    ) =>
        new QueryResultFunction(new ScriptedReader(read), limit ?? Long, time)
            .HandleAsync(new(Query), new InvocationContext(remaining ?? Long))
            .WaitAsync(TimeSpan.FromSeconds(30), Token);

    private async Task<NotificationPage> HangAsync(NotificationQuery query, CancellationToken cancellationToken)
    {
        hanging.TrySetResult();
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return new([]);
    }

    private sealed class ScriptedReader(Func<NotificationQuery, CancellationToken, Task<NotificationPage>> read) : INotificationReader
    {
        public Task<NotificationPage> ReadAsync(NotificationQuery query, CancellationToken cancellationToken) =>
            read(query, cancellationToken);
    }
}
