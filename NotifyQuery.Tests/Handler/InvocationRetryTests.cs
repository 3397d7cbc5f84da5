using System.Net;
using Microsoft.AspNetCore.Http;
using NotifyQuery.Core.Queries;
using NotifyQuery.Tests.EventSource;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Handler.StubbedReader;

namespace NotifyQuery.Tests.Handler;

/// <summary>How often the Handler asks the QueryResult function, and how long it waits for an answer.</summary>
public sealed class InvocationRetryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(429, "TooManyRequestsException", "", 3, ReadFailure.Unavailable)]
    [InlineData(503, "ServiceException", "", 3, ReadFailure.Unavailable)]
    [InlineData(200, null, "Runtime.ExitError", 3, ReadFailure.Unavailable)]
    [InlineData(404, "ResourceNotFoundException", "", 1, ReadFailure.Unavailable)]
    [InlineData(403, "AccessDeniedException", "", 1, ReadFailure.Unavailable)]
    [InlineData(200, null, "Sandbox.Timedout", 1, ReadFailure.Timeout)]
    [InlineData(200, null, "KeyNotFoundException", 1, ReadFailure.InvalidAnswer)]
    public async Task An_invocation_is_made_again_twice_where_that_may_help_and_never_more(
        int status,
        string? type,
        string error,
        int invocations,
        ReadFailure failure
    )
    {
        await using var stub = await LambdaStub.StartAsync((http, _) => FailAsync(http, status, type, error));
        using var client = stub.Client();

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => Reader(client).ReadAsync(Query, Token));

        Assert.Equal(failure, exception.Failure);
        Assert.Equal(invocations, stub.Invocations.Count);
    }

    [Theory]
    [InlineData("""{"failure":{"reason":"Unavailable","message":"throttled"}}""", ReadFailure.Unavailable)]
    [InlineData("""{"failure":{"reason":"Timeout","message":"slow"}}""", ReadFailure.Timeout)]
    [InlineData("{}", ReadFailure.InvalidAnswer)]
    [InlineData("null", ReadFailure.InvalidAnswer)]
    [InlineData("[]", ReadFailure.InvalidAnswer)]
    [InlineData("", ReadFailure.InvalidAnswer)]
    [InlineData("""{"page":{"items":[null]}}""", ReadFailure.InvalidAnswer)]
    [InlineData("""{"page":{"items":[]},"failure":{"reason":"Timeout","message":"slow"}}""", ReadFailure.InvalidAnswer)]
    [InlineData("""{"page":{"items":[{"user_id":"ann","created_at":"2026-11-22T08:15:30.123Z"}]}}""", ReadFailure.InvalidAnswer)]
    public async Task What_the_function_itself_reports_is_not_asked_again(string answer, ReadFailure failure)
    {
        await using var stub = await LambdaStub.StartAsync((http, _) => http.Response.WriteAsync(answer, Token));
        using var client = stub.Client();

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => Reader(client).ReadAsync(Query, Token));

        Assert.Equal(failure, exception.Failure);
        Assert.Single(stub.Invocations);
    }

    [Fact]
    public async Task An_invocation_that_was_refused_once_is_answered_the_second_time()
    {
        var refused = false;
        await using var stub = await LambdaStub.StartAsync(
            (http, _) =>
            {
                if (refused)
                    return http.Response.WriteAsync(EmptyPage, Token);
                refused = true;
                return FailAsync(http, 429, "TooManyRequestsException", "");
            }
        );
        using var client = stub.Client();

        Assert.Empty((await Reader(client).ReadAsync(Query, Token)).Items);
        // Where spans are listened to, each invocation names its own: the query is the same, the payload is not.
        Assert.Equal([Query, Query], stub.Invocations.Select(invocation => RequestOf(invocation.Payload).Query));
    }

    [Theory]
    [InlineData(HttpStatusCode.RequestTimeout)]
    [InlineData(HttpStatusCode.GatewayTimeout)]
    public async Task A_timeout_that_the_engine_reports_is_a_timeout_and_is_not_asked_again(HttpStatusCode status)
    {
        await using var stub = await LambdaStub.StartAsync((http, _) => FailAsync(http, (int)status, "ServiceException", ""));
        using var client = stub.Client();

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => Reader(client).ReadAsync(Query, Token));

        Assert.Equal((ReadFailure.Timeout, "QueryResult did not respond in time"), (exception.Failure, exception.Message));
        Assert.Single(stub.Invocations);
    }

    [Theory]
    [InlineData(400, "InvalidRequestContentException", "", 1)]
    [InlineData(409, "ResourceConflictException", "", 1)]
    [InlineData(413, "RequestTooLargeException", "", 1)]
    [InlineData(415, "UnsupportedMediaTypeException", "", 1)]
    [InlineData(500, "ServiceException", "", 3)]
    [InlineData(502, "EC2UnexpectedException", "", 3)]
    [InlineData(200, null, "Runtime.ImportModuleError", 3)]
    public async Task Whatever_Lambda_refuses_is_unavailable_and_asked_again_only_where_it_may_pass(
        int status,
        string? type,
        string error,
        int invocations
    )
    {
        await using var stub = await LambdaStub.StartAsync((http, _) => FailAsync(http, status, type, error));
        using var client = stub.Client();

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => Reader(client).ReadAsync(Query, Token));

        Assert.Equal(ReadFailure.Unavailable, exception.Failure);
        Assert.Equal(invocations, stub.Invocations.Count);
    }

    [Fact]
    public async Task No_answer_within_the_limit_of_an_invocation_is_a_timeout_and_is_not_asked_again()
    {
        var time = FakeTime.New();
        await using var stub = await LambdaStub.StartAsync(
            (http, _) =>
            {
                time.Advance(Settings.AttemptTimeout);
                return Task.Delay(Timeout.Infinite, http.RequestAborted);
            }
        );
        using var client = stub.Client();

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => Reader(client, time: time).ReadAsync(Query, Token));

        Assert.Equal(ReadFailure.Timeout, exception.Failure);
        Assert.Single(stub.Invocations);
    }

    [Fact]
    public async Task Nothing_is_asked_again_when_the_time_of_the_read_is_over()
    {
        var time = FakeTime.New();
        await using var stub = await LambdaStub.StartAsync(
            (http, _) =>
            {
                time.Advance(Settings.Timeout);
                return FailAsync(http, 503, "ServiceException", "");
            }
        );
        using var client = stub.Client();

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => Reader(client, time: time).ReadAsync(Query, Token));

        Assert.Equal(ReadFailure.Timeout, exception.Failure);
        Assert.Single(stub.Invocations);
    }
}
