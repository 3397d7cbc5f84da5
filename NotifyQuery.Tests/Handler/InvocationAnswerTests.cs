using System.Diagnostics;
using Amazon.Lambda;
using Microsoft.AspNetCore.Http;
using NotifyQuery.Core;
using NotifyQuery.Core.Queries;
using NotifyQuery.Tests.EventSource;
using static NotifyQuery.Tests.Handler.StubbedReader;

namespace NotifyQuery.Tests.Handler;

/// <summary>What an invocation of the QueryResult function says of its caller, and what the Handler takes for an answer.</summary>
public sealed class InvocationAnswerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
}
