using System.Net;
using System.Text;
using Amazon.Lambda;
using Amazon.Lambda.Model;
using Amazon.Runtime;
using NotifyQuery.EventSource.Adapters;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What each answer and each failure of an invocation is taken for, which decides whether a batch has lost an attempt.</summary>
public sealed class InvocationOutcomeTests
{
    private static readonly ChangeRecord[] Batch = [Records.Of(1)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_is_returned_with_the_id_of_its_request()
    {
        var reply = await InvokeAsync(() =>
            new()
            {
                Payload = new(Encoding.UTF8.GetBytes("{}")),
                FunctionError = "",
                ResponseMetadata = new() { RequestId = "r-1" },
            }
        );

        Assert.Equal((FunctionReplyKind.Returned, "r-1", null), (reply.Kind, reply.RequestId, reply.Error));
        Assert.Equal("{}"u8.ToArray(), reply.Answer.ToArray());
    }

    [Fact]
    public async Task An_answer_of_nothing_at_all_is_an_empty_one()
    {
        var reply = await InvokeAsync(() => new());

        Assert.Equal((FunctionReplyKind.Returned, null, 0), (reply.Kind, reply.RequestId, reply.Answer.Length));
    }

    [Theory]
    [InlineData("""{"errorType":"Boom","errorMessage":"a body"}""", "Boom")]
    [InlineData("""{"errorMessage":"a body"}""", "Unhandled")]
    [InlineData("""{"errorType":7}""", "Unhandled")]
    [InlineData("""{"errorType":null}""", "Unhandled")]
    [InlineData("""{"errorType":"\ud83d"}""", "Unhandled")] // half of a surrogate pair
    [InlineData("""["errorType"]""", "Unhandled")]
    [InlineData("not JSON", "Unhandled")]
    [InlineData("", "Unhandled")]
    public async Task A_function_error_is_named_by_its_type_or_else_as_Lambda_calls_it(string answer, string error)
    {
        var reply = await InvokeAsync(() =>
            new()
            {
                FunctionError = "Unhandled",
                Payload = new(Encoding.UTF8.GetBytes(answer)),
                ResponseMetadata = new() { RequestId = "r-1" },
            }
        );

        Assert.Equal((FunctionReplyKind.FunctionError, "r-1", error), (reply.Kind, reply.RequestId, reply.Error));
    }

    [Fact]
    public async Task A_function_has_exactly_its_timeout_by_the_clock_that_is_given()
    {
        var time = FakeTime.New();
        using var lambda = new ScriptedLambda((_, token) => ScriptedClient.HangAsync<InvokeResponse>(() => { }, token));
        var invoking = new LambdaFunction(lambda, "processor", TimeSpan.FromSeconds(2.5), time).InvokeAsync(Batch, Token);

        time.Advance(TimeSpan.FromSeconds(2.499));
        Assert.False(invoking.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.001));

        var reply = await invoking.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal((FunctionReplyKind.TimedOut, "no response within 2.5 seconds"), (reply.Kind, reply.Error));
    }

    [Fact]
    public async Task An_error_that_a_client_makes_of_the_timeout_is_a_timeout_too()
    {
        var time = FakeTime.New();
        using var lambda = new ScriptedLambda(
            async (_, token) =>
            {
                time.Advance(TimeSpan.FromSeconds(30));
                await Task.Yield();
                Assert.True(token.IsCancellationRequested);
                throw new AmazonLambdaException("the request was aborted");
            }
        );

        var reply = await new LambdaFunction(lambda, "processor", TimeSpan.FromSeconds(30), time).InvokeAsync(Batch, Token);

        Assert.Equal(FunctionReplyKind.TimedOut, reply.Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // abandoned and too late at once: the batch is not charged with an attempt
    public async Task An_abandoned_invocation_has_no_outcome_also_if_its_time_is_up_by_then(bool late)
    {
        var time = FakeTime.New();
        using var abandon = new CancellationTokenSource();
        using var lambda = new ScriptedLambda(
            async (_, token) =>
            {
                await abandon.CancelAsync();
                if (late)
                    time.Advance(TimeSpan.FromSeconds(30));
                Assert.True(token.IsCancellationRequested);
                throw new OperationCanceledException(token);
            }
        );

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            new LambdaFunction(lambda, "processor", TimeSpan.FromSeconds(30), time).InvokeAsync(Batch, abandon.Token)
        );
    }

    public static TheoryData<Exception> Unreached =>
        [
            new AmazonServiceException("throttled") { StatusCode = HttpStatusCode.TooManyRequests },
            new AmazonClientException("no credentials"),
            new HttpRequestException("refused"),
            new IOException("reset"),
            new TimeoutException("slow"),
            new OperationCanceledException("the client's own timeout"),
        ];

    [Theory]
    [MemberData(nameof(Unreached))]
    public async Task A_function_that_was_not_reached_is_unavailable_and_its_batch_not_at_fault(Exception exception)
    {
        var reply = await InvokeAsync(() => throw exception);

        Assert.Equal((FunctionReplyKind.Unavailable, exception.Message), (reply.Kind, reply.Error));
    }

    [Fact]
    public async Task A_payload_that_the_service_refuses_is_too_large()
    {
        var reply = await InvokeAsync(() => throw new AmazonServiceException("413") { StatusCode = HttpStatusCode.RequestEntityTooLarge });

        Assert.Equal((FunctionReplyKind.TooLarge, "the payload is too large"), (reply.Kind, reply.Error));
    }

    [Fact]
    public async Task A_fault_of_our_own_is_no_outcome() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => InvokeAsync(() => throw new InvalidOperationException("a fault")));

    private static async Task<FunctionReply> InvokeAsync(Func<InvokeResponse> answer)
    {
        using var lambda = new ScriptedLambda(answer);
        return await new LambdaFunction(lambda, "processor", TimeSpan.FromSeconds(30), FakeTime.New()).InvokeAsync(Batch, Token);
    }
}
