using System.Text;
using Microsoft.AspNetCore.Http;
using NotifyQuery.EventSource.Adapters;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What the real client makes of what the Invoke API can answer.</summary>
public sealed class LambdaFunctionTests
{
    private static readonly ChangeRecord[] Batch = [Records.Of(1), Records.Of(2)];

    [Fact]
    public async Task The_function_is_invoked_synchronously_with_the_event_and_its_answer_is_returned()
    {
        await using var lambda = await LambdaStub.StartAsync((context, _) => context.Response.WriteAsync("""{"batchItemFailures":[]}"""));

        var reply = await InvokeAsync(lambda);

        Assert.Equal(FunctionReplyKind.Returned, reply.Kind);
        Assert.Equal("""{"batchItemFailures":[]}""", Encoding.UTF8.GetString(reply.Answer.Span));
        var (function, type, payload) = Assert.Single(lambda.Invocations);
        Assert.Equal(("processor", "RequestResponse"), (function, type));
        Assert.Equal(EventPayload.Of(Batch).ToArray(), payload);
    }

    [Fact]
    public async Task A_function_error_is_known_by_its_header_and_named_without_its_message()
    {
        await using var lambda = await LambdaStub.StartAsync(
            (context, _) =>
            {
                context.Response.Headers["X-Amz-Function-Error"] = "Unhandled";
                return context.Response.WriteAsync("""{"errorType":"InvalidOperationException","errorMessage":"body of a message"}""");
            }
        );

        var reply = await InvokeAsync(lambda);

        Assert.Equal((FunctionReplyKind.FunctionError, "InvalidOperationException"), (reply.Kind, reply.Error));
    }

    [Theory]
    [InlineData(404, "ResourceNotFoundException", FunctionReplyKind.Unavailable)]
    [InlineData(429, "TooManyRequestsException", FunctionReplyKind.Unavailable)]
    [InlineData(500, "ServiceException", FunctionReplyKind.Unavailable)]
    [InlineData(503, "ServiceUnavailable", FunctionReplyKind.Unavailable)]
    [InlineData(403, "AccessDeniedException", FunctionReplyKind.Unavailable)]
    [InlineData(413, "RequestEntityTooLargeException", FunctionReplyKind.TooLarge)]
    public async Task A_refusal_of_the_service_is_not_a_failure_of_the_function(int status, string error, object kind)
    {
        await using var lambda = await LambdaStub.StartAsync(
            (context, _) =>
            {
                context.Response.StatusCode = status;
                context.Response.Headers["X-Amzn-ErrorType"] = error;
                return context.Response.WriteAsync("""{"Message":"refused"}""");
            }
        );

        Assert.Equal(kind, (await InvokeAsync(lambda)).Kind);
        Assert.Single(lambda.Invocations);
    }

    [Fact]
    public async Task A_function_that_nobody_answers_for_is_unavailable()
    {
        var lambda = await LambdaStub.StartAsync((_, _) => Task.CompletedTask);
        var client = lambda.Client();
        await lambda.DisposeAsync();

        var reply = await new LambdaFunction(client, "processor", TimeSpan.FromSeconds(30), TimeProvider.System).InvokeAsync(
            Batch,
            TestContext.Current.CancellationToken
        );

        Assert.Equal(FunctionReplyKind.Unavailable, reply.Kind);
    }

    [Fact]
    public async Task A_connection_that_breaks_before_the_answer_is_unavailable()
    {
        await using var lambda = await LambdaStub.StartAsync(
            (context, _) =>
            {
                context.Abort();
                return Task.CompletedTask;
            }
        );

        Assert.Equal(FunctionReplyKind.Unavailable, (await InvokeAsync(lambda)).Kind);
    }

    [Fact]
    public async Task An_answer_after_the_functions_timeout_is_a_failure_of_the_function()
    {
        await using var lambda = await LambdaStub.StartAsync((context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted));

        Assert.Equal(FunctionReplyKind.TimedOut, (await InvokeAsync(lambda, TimeSpan.FromMilliseconds(200))).Kind);
    }

    [Fact]
    public async Task An_invocation_that_is_abandoned_is_no_outcome_at_all()
    {
        await using var lambda = await LambdaStub.StartAsync((context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using var abandon = new CancellationTokenSource();
        using var client = lambda.Client();
        var invoking = new LambdaFunction(client, "processor", TimeSpan.FromSeconds(60), TimeProvider.System).InvokeAsync(
            Batch,
            abandon.Token
        );
        await Eventually.TrueAsync(() => !lambda.Invocations.IsEmpty, "the function is invoked");

        await abandon.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => invoking);
    }

    private static async Task<FunctionReply> InvokeAsync(LambdaStub lambda, TimeSpan? timeout = null)
    {
        using var client = lambda.Client();
        return await new LambdaFunction(client, "processor", timeout ?? TimeSpan.FromSeconds(60), TimeProvider.System).InvokeAsync(
            Batch,
            TestContext.Current.CancellationToken
        );
    }
}
