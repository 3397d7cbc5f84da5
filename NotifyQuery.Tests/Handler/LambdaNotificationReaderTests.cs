using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.Core.Queries;
using NotifyQuery.Handler;
using NotifyQuery.Tests.EventSource;

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
    public async Task An_invocation_is_made_again_twice_where_that_may_help_and_never_more(int status, string? type, string error, int invocations, ReadFailure failure)
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
        await using var stub = await LambdaStub.StartAsync((http, _) =>
        {
            if (refused) return http.Response.WriteAsync(EmptyPage, Token);
            refused = true;
            return FailAsync(http, 429, "TooManyRequestsException", "");
        });
        using var client = stub.Client();

        Assert.Empty((await Reader(client).ReadAsync(Query, Token)).Items);
        Assert.Equal(2, stub.Invocations.Count);
        Assert.Equal(stub.Invocations.First().Payload, stub.Invocations.Last().Payload);
    }

    [Fact]
    public async Task No_answer_within_the_limit_of_an_invocation_is_a_timeout_and_is_not_asked_again()
    {
        await using var stub = await LambdaStub.StartAsync((http, _) => Task.Delay(Timeout.Infinite, http.RequestAborted));
        using var client = stub.Client();
        var reader = Reader(client, Settings with { AttemptTimeout = TimeSpan.FromMilliseconds(200) });

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => reader.ReadAsync(Query, Token));

        Assert.Equal(ReadFailure.Timeout, exception.Failure);
        Assert.Single(stub.Invocations);
    }

    [Fact]
    public async Task Nothing_is_asked_again_when_the_time_of_the_read_is_over()
    {
        var time = new ManualTime();
        await using var stub = await LambdaStub.StartAsync((http, _) =>
        {
            time.Advance(Settings.Timeout);
            return FailAsync(http, 503, "ServiceException", "");
        });
        using var client = stub.Client();

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => Reader(client, time: time).ReadAsync(Query, Token));

        Assert.Equal(ReadFailure.Timeout, exception.Failure);
        Assert.Single(stub.Invocations);
    }

    [Fact]
    public async Task After_too_many_failures_nothing_is_invoked_until_the_break_is_over_and_then_one_answer_ends_it()
    {
        var broken = true;
        await using var stub = await LambdaStub.StartAsync((http, _) => broken ? FailAsync(http, 503, "ServiceException", "") : http.Response.WriteAsync(EmptyPage, Token));
        using var client = stub.Client();
        var reader = Reader(client, Settings with { BreakAfter = 6, BreakDuration = TimeSpan.FromSeconds(1) });
        for (var i = 0; i < 2; i++) await Assert.ThrowsAsync<NotificationReadException>(() => reader.ReadAsync(Query, Token));
        Assert.Equal(6, stub.Invocations.Count);

        var exception = await Assert.ThrowsAsync<NotificationReadException>(() => reader.ReadAsync(Query, Token));

        Assert.Equal(ReadFailure.Unavailable, exception.Failure);
        Assert.InRange(exception.RetryAfter!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal(6, stub.Invocations.Count);
        broken = false;
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                return (await reader.ReadAsync(Query, Token)).Items.Count == 0;
            }
            catch (NotificationReadException)
            {
                return false;
            }
        }, "the function is asked again");
    }

    [Fact]
    public async Task Who_gives_up_waiting_is_told_so_and_the_invocation_ends()
    {
        var aborted = new TaskCompletionSource();
        await using var stub = await LambdaStub.StartAsync((http, _) =>
        {
            http.RequestAborted.Register(aborted.SetResult);
            return Task.Delay(Timeout.Infinite, http.RequestAborted);
        });
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
    [InlineData("QueryResult:TimeoutSeconds", "soon", "QueryResult:TimeoutSeconds is 'soon': give seconds, at least 0.01 and less than 20, which is how long the Query function waits for the Handler")]
    [InlineData("QueryResult:TimeoutSeconds", "20", "QueryResult:TimeoutSeconds is '20': give seconds, at least 0.01 and less than 20, which is how long the Query function waits for the Handler")]
    [InlineData("QueryResult:AttemptSeconds", "15", "QueryResult:AttemptSeconds is '15': give seconds, at least 0.01 and less than 15, which is QueryResult:TimeoutSeconds")]
    [InlineData("QueryResult:BreakAfter", "1", "QueryResult:BreakAfter is '1': give a number of invocations from 2 to 100000")]
    [InlineData("QueryResult:BreakSeconds", "0", "QueryResult:BreakSeconds is '0': give seconds from 0.5 to 300")]
    public void A_setting_that_makes_no_sense_is_named_with_its_cure(string key, string value, string problem)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("QueryResult:FunctionName", "f")]).AddInMemoryCollection([new(key, value)]).Build();

        Assert.Equal(problem, Assert.Throws<InvalidOperationException>(() => QueryResultSettings.From(configuration)).Message);
    }

    private static LambdaNotificationReader Reader(Amazon.Lambda.IAmazonLambda client, QueryResultSettings? settings = null, TimeProvider? time = null) =>
        new(client, settings ?? Settings, time ?? TimeProvider.System, NullLogger<LambdaNotificationReader>.Instance);

    private static Task FailAsync(HttpContext http, int status, string? type, string error)
    {
        http.Response.StatusCode = status;
        if (type is not null) http.Response.Headers["x-amzn-ErrorType"] = type;
        if (error.Length > 0) http.Response.Headers["X-Amz-Function-Error"] = "Unhandled";
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync($$"""{"errorType":"{{error}}","message":"made by a test"}""");
    }
}
