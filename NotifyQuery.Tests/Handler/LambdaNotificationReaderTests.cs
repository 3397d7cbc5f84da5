using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Amazon.Lambda;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.Core;
using NotifyQuery.Core.Queries;
using NotifyQuery.Handler;
using NotifyQuery.Tests.EventSource;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Handler;

/// <summary>How often, and how long, the Handler asks the QueryResult function.</summary>
public sealed class LambdaNotificationReaderTests
{
    private const string EmptyPage = """{"page":{"items":[]}}""";
    private static readonly NotificationQuery Query = new() { By = QueryKind.User, Value = "ann" };
    private static readonly QueryResultSettings Settings = new() { FunctionName = "QueryResult" };

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
    public async Task A_page_of_more_items_than_were_asked_for_is_no_answer()
    {
        const string item = """{"transaction_id":"tx-1","user_id":"ann","created_at":"2026-11-22T08:15:30.123Z"}""";
        await using var stub = await LambdaStub.StartAsync(
            (http, _) => http.Response.WriteAsync($$$"""{"page":{"items":[{{{item}}},{{{item}}}]}}""", Token)
        );
        using var client = stub.Client();

        Assert.Equal(2, (await Reader(client).ReadAsync(Query with { Limit = 2 }, Token)).Items.Count);
        var exception = await Assert.ThrowsAsync<NotificationReadException>(() =>
            Reader(client).ReadAsync(Query with { Limit = 1 }, Token)
        );
        Assert.Equal(ReadFailure.InvalidAnswer, exception.Failure);
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"errorType":7}""")]
    public async Task An_error_of_the_function_that_has_no_type_is_an_invalid_answer_and_never_data(string error)
    {
        await using var stub = await LambdaStub.StartAsync(
            (http, _) =>
            {
                http.Response.Headers["X-Amz-Function-Error"] = "Unhandled";
                return http.Response.WriteAsync(error, Token);
            }
        );
        using var client = stub.Client();

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => Reader(client).ReadAsync(Query, Token));

        Assert.Equal(ReadFailure.InvalidAnswer, exception.Failure);
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

    [Fact]
    public async Task Each_invocation_names_its_own_span_of_the_callers_trace()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using var caller = new Activity("caller").SetIdFormat(ActivityIdFormat.W3C).Start();
        caller.TraceStateString = "vendor=1";
        var invocations = 0;
        await using var stub = await LambdaStub.StartAsync(
            (http, _) =>
                Interlocked.Increment(ref invocations) == 1
                    ? FailAsync(http, 503, "ServiceException", "")
                    : http.Response.WriteAsync(EmptyPage, Token)
        );
        using var client = stub.Client();

        await Reader(client).ReadAsync(Query, Token);

        var named = stub.Invocations.Select(invocation => RequestOf(invocation.Payload)).ToList();
        Assert.Equal(2, named.Select(request => request.TraceParent).Distinct().Count());
        Assert.All(
            named,
            request =>
            {
                Assert.True(ActivityContext.TryParse(request.TraceParent, request.TraceState, out var context), request.TraceParent);
                Assert.Equal((caller.TraceId, "vendor=1"), (context.TraceId, context.TraceState));
                Assert.NotEqual(caller.SpanId, context.SpanId);
            }
        );
    }

    [Theory]
    [InlineData(HttpStatusCode.RequestTimeout)]
    [InlineData(HttpStatusCode.GatewayTimeout)]
    public async Task A_timeout_that_the_engine_reports_is_a_timeout_and_is_not_asked_again(HttpStatusCode status)
    {
        await using var stub = await LambdaStub.StartAsync((http, _) => FailAsync(http, (int)status, "ServiceException", ""));
        using var client = stub.Client();

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => Reader(client).ReadAsync(Query, Token));

        Assert.Equal((ReadFailure.Timeout, "QueryResult did not answer in time"), (exception.Failure, exception.Message));
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
    public async Task An_engine_that_is_not_there_or_hangs_up_is_unavailable()
    {
        await using var stub = await LambdaStub.StartAsync(
            (http, _) =>
            {
                http.Abort();
                return Task.CompletedTask;
            }
        );
        using var rude = stub.Client();
        await using var gone = await LambdaStub.StartAsync((_, _) => Task.CompletedTask);
        using var nothing = gone.Client();
        await gone.DisposeAsync();

        foreach (var client in (IAmazonLambda[])[rude, nothing])
            Assert.Equal(
                ReadFailure.Unavailable,
                (await Assert.ThrowsAsync<NotificationReadException>(() => Reader(client).ReadAsync(Query, Token))).Failure
            );
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

    [Fact]
    public async Task After_too_many_failures_nothing_is_invoked_until_the_break_is_over_and_then_one_answer_ends_it()
    {
        var (broken, time) = (true, FakeTime.New());
        await using var stub = await LambdaStub.StartAsync(
            (http, _) => broken ? FailAsync(http, 404, "ResourceNotFoundException", "") : http.Response.WriteAsync(EmptyPage, Token)
        );
        using var client = stub.Client();
        var reader = Reader(client, Settings with { BreakAfter = 6, BreakDuration = TimeSpan.FromSeconds(5) }, time);
        await AssertOpensAsync(stub, reader, TimeSpan.FromSeconds(5));

        broken = false;
        time.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Assert.Equal(
            TimeSpan.FromTicks(1),
            (await Assert.ThrowsAsync<NotificationReadException>(() => reader.ReadAsync(Query, Token))).RetryAfter
        );
        time.Advance(TimeSpan.FromTicks(1));

        for (var i = 0; i < 3; i++)
            Assert.Empty((await reader.ReadAsync(Query, Token)).Items);
        Assert.Equal(9, stub.Invocations.Count);
    }

    [Theory]
    [InlineData(504, "ServiceException", "")] // the engine says that it took too long
    [InlineData(200, null, "Sandbox.Timedout")] // the function ran out of its time
    [InlineData(404, "ResourceNotFoundException", "")] // no such function
    public async Task Invocations_that_fail_for_want_of_the_function_open_the_circuit(int status, string? type, string error)
    {
        await using var stub = await LambdaStub.StartAsync((http, _) => FailAsync(http, status, type, error));
        using var client = stub.Client();

        await AssertOpensAsync(stub, Reader(client, Settings with { BreakAfter = 6 }, FakeTime.New()), Settings.BreakDuration);
    }

    [Fact]
    public async Task Invocations_without_an_answer_in_time_open_the_circuit()
    {
        var (time, limit) = (FakeTime.New(), TimeSpan.FromSeconds(1));
        await using var stub = await LambdaStub.StartAsync(
            (http, _) =>
            {
                time.Advance(limit);
                return Task.Delay(Timeout.Infinite, http.RequestAborted);
            }
        );
        using var client = stub.Client();

        await AssertOpensAsync(
            stub,
            Reader(client, Settings with { AttemptTimeout = limit, BreakAfter = 6 }, time),
            Settings.BreakDuration
        );
    }

    [Theory]
    [InlineData("", "KeyNotFoundException")] // a bug in the function
    [InlineData("nonsense", "")]
    [InlineData("{}", "")]
    [InlineData("""{"failure":{"reason":"Unavailable","message":"throttled"}}""", "")]
    [InlineData("""{"failure":{"reason":"Timeout","message":"slow"}}""", "")]
    public async Task A_function_that_answers_keeps_the_circuit_closed_whatever_it_says(string answer, string error)
    {
        await using var stub = await LambdaStub.StartAsync(
            (http, _) => error.Length > 0 ? FailAsync(http, 200, null, error) : http.Response.WriteAsync(answer, Token)
        );
        using var client = stub.Client();
        var reader = Reader(client, Settings with { BreakAfter = 2 }, FakeTime.New());

        for (var i = 0; i < 10; i++)
            await Assert.ThrowsAsync<NotificationReadException>(() => reader.ReadAsync(Query, Token));

        Assert.Equal(10, stub.Invocations.Count);
    }

    [Fact]
    public async Task An_invocation_that_the_caller_gave_up_is_no_failure_of_the_function()
    {
        await using var stub = await LambdaStub.StartAsync((http, _) => Task.Delay(Timeout.Infinite, http.RequestAborted));
        using var client = stub.Client();
        var reader = Reader(client, Settings with { BreakAfter = 2 }, FakeTime.New());

        for (var i = 1; i <= 5; i++)
        {
            using var giveUp = new CancellationTokenSource();
            var reading = reader.ReadAsync(Query, giveUp.Token);
            await Eventually.TrueAsync(() => stub.Invocations.Count == i, "the function is invoked");
            await giveUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        }
    }

    [Fact]
    public async Task A_caller_that_cancels_gets_the_cancellation_and_the_invocation_ends()
    {
        var aborted = new TaskCompletionSource();
        await using var stub = await LambdaStub.StartAsync(
            (http, _) =>
            {
                http.RequestAborted.Register(aborted.SetResult);
                return Task.Delay(Timeout.Infinite, http.RequestAborted);
            }
        );
        using var client = stub.Client();
        using var giveUp = new CancellationTokenSource();
        var reading = Reader(client).ReadAsync(Query, giveUp.Token);
        await Eventually.TrueAsync(() => stub.Invocations.Count == 1, "the function is invoked");

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    [Theory]
    [InlineData("QueryResult:FunctionName", "", "QueryResult:FunctionName is not set: give the name or ARN of the QueryResult function")]
    [InlineData(
        "QueryResult:TimeoutSeconds",
        "soon",
        "QueryResult:TimeoutSeconds is 'soon': give seconds, at least 0.01 and less than 20, which is how long the Query function waits "
            + "for the Handler"
    )]
    [InlineData(
        "QueryResult:TimeoutSeconds",
        "20",
        "QueryResult:TimeoutSeconds is '20': give seconds, at least 0.01 and less than 20, which is how long the Query function waits "
            + "for the Handler"
    )]
    [InlineData(
        "QueryResult:AttemptSeconds",
        "15",
        "QueryResult:AttemptSeconds is '15': give seconds, at least 0.01 and less than 15, which is QueryResult:TimeoutSeconds"
    )]
    [InlineData("QueryResult:BreakAfter", "1", "QueryResult:BreakAfter is '1': give a number of invocations from 2 to 100000")]
    [InlineData("QueryResult:BreakSeconds", "0", "QueryResult:BreakSeconds is '0': give seconds from 0.5 to 300")]
    public void An_invalid_setting_is_named_with_the_fix(string key, string value, string problem)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("QueryResult:FunctionName", "f")])
            .AddInMemoryCollection([new(key, value)])
            .Build();

        Assert.Equal(problem, Assert.Throws<InvalidOperationException>(() => QueryResultSettings.From(configuration)).Message);
    }

    /// <summary>
    /// Reads, each time with one invocation, until six have failed: then none is made, and the caller is told when one will be.
    /// </summary>
    private static async Task AssertOpensAsync(LambdaStub stub, LambdaNotificationReader reader, TimeSpan breakDuration)
    {
        for (var i = 0; i < 6; i++)
            await Assert.ThrowsAsync<NotificationReadException>(() => reader.ReadAsync(Query, Token));
        Assert.Equal(6, stub.Invocations.Count);

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => reader.ReadAsync(Query, Token));

        Assert.Equal(6, stub.Invocations.Count);
        Assert.Equal((ReadFailure.Unavailable, breakDuration), (exception.Failure, exception.RetryAfter));
    }

    private static QueryResultRequest RequestOf(byte[] payload) =>
        JsonSerializer.Deserialize(payload, QueryResultJson.Default.QueryResultRequest)!;

    private static LambdaNotificationReader Reader(IAmazonLambda client, QueryResultSettings? settings = null, TimeProvider? time = null) =>
        new(client, settings ?? Settings, time ?? TimeProvider.System, NullLogger<LambdaNotificationReader>.Instance);

    private static Task FailAsync(HttpContext http, int status, string? type, string error)
    {
        http.Response.StatusCode = status;
        if (type is not null)
            http.Response.Headers["x-amzn-ErrorType"] = type;
        if (error.Length > 0)
            http.Response.Headers["X-Amz-Function-Error"] = "Unhandled";
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync($$"""{"errorType":"{{error}}","message":"made by a test"}""");
    }
}
