using Microsoft.AspNetCore.Http;
using NotifyQuery.Core.Queries;
using NotifyQuery.Handler.QueryResult;
using NotifyQuery.Tests.EventSource;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Handler.StubbedReader;

namespace NotifyQuery.Tests.Handler;

/// <summary>When the Handler stops asking the QueryResult function for a while, and when it asks again.</summary>
public sealed class InvocationCircuitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
}
