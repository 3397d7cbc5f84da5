using System.Net;
using System.Text;
using Amazon.Lambda;
using Amazon.Lambda.Model;
using static Counterparts.Tests.Aws.FakeService;
using static Counterparts.Tests.Aws.LambdaClients;

namespace Counterparts.Tests.Aws;

/// <summary>What an invocation sends, and what the client makes of its answer.</summary>
public class LambdaInvocationTests
{
    [Fact]
    public async Task An_invocation_carries_its_payload_as_it_is_and_is_signed_for_lambda()
    {
        await using var service = await FakeService.StartAsync((_, _) => new Answer(200, """{"ok":true}"""));
        using var lambda = Client(service);

        await lambda.InvokeAsync(
            new InvokeRequest
            {
                FunctionName = "query",
                Payload = """{"user":"Žofie"}""",
                InvocationType = InvocationType.RequestResponse,
                LogType = LogType.Tail,
                ClientContext = "context",
            },
            TestContext.Current.CancellationToken
        );

        var request = Assert.Single(service.Requests);
        Assert.Equal("POST", request.Method);
        Assert.Equal("/2015-03-31/functions/query/invocations", request.Target);
        Assert.Equal("""{"user":"Žofie"}""", request.Text);
        Assert.Equal("RequestResponse", request.Headers["X-Amz-Invocation-Type"]);
        Assert.Equal("Tail", request.Headers["X-Amz-Log-Type"]);
        Assert.Equal(Convert.ToBase64String("context"u8), request.Headers["X-Amz-Client-Context"]);
        Assert.Matches(
            "^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/[0-9]{8}/eu-west-1/lambda/aws4_request, SignedHeaders=.*, Signature=[0-9a-f]{64}$",
            request.Headers["Authorization"]
        );
    }

    [Fact]
    public async Task The_answer_is_the_functions_payload_with_what_the_headers_say()
    {
        await using var service = await FakeService.StartAsync(
            (_, _) =>
                new Answer(
                    200,
                    """{"count":2}""",
                    new()
                    {
                        ["X-Amz-Executed-Version"] = "$LATEST",
                        ["X-Amz-Log-Result"] = "bG9n",
                        ["x-amzn-RequestId"] = "request-1",
                    }
                )
        );
        using var lambda = Client(service);

        var response = await lambda.InvokeAsync(new InvokeRequest { FunctionName = "f" }, TestContext.Current.CancellationToken);

        Assert.Equal("""{"count":2}""", Encoding.UTF8.GetString(response.Payload.ToArray()));
        Assert.Equal(0, response.Payload.Position);
        Assert.Equal("$LATEST", response.ExecutedVersion);
        Assert.Equal("bG9n", response.LogResult);
        Assert.Equal(HttpStatusCode.OK, response.HttpStatusCode);
        Assert.Equal(HttpStatusCode.OK, response.HttpStatusCode);
        Assert.Equal("request-1", response.ResponseMetadata.RequestId);
        Assert.Null(response.FunctionError);
    }

    [Fact]
    public async Task An_error_of_the_function_is_an_answer_and_not_an_exception()
    {
        await using var service = await FakeService.StartAsync(
            (_, _) => new Answer(200, """{"errorType":"Boom"}""", new() { ["X-Amz-Function-Error"] = "Unhandled" })
        );
        using var lambda = Client(service);

        var response = await lambda.InvokeAsync(new InvokeRequest { FunctionName = "f" }, TestContext.Current.CancellationToken);

        Assert.Equal("Unhandled", response.FunctionError);
        Assert.Equal("""{"errorType":"Boom"}""", Encoding.UTF8.GetString(response.Payload.ToArray()));
        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task An_event_is_accepted_with_202_and_an_empty_payload()
    {
        await using var service = await FakeService.StartAsync((_, _) => new Answer(202));
        using var lambda = Client(service);

        var response = await lambda.InvokeAsync(
            new InvokeRequest { FunctionName = "f", InvocationType = InvocationType.Event },
            TestContext.Current.CancellationToken
        );

        Assert.Equal(HttpStatusCode.Accepted, response.HttpStatusCode);
        Assert.Empty(response.Payload.ToArray());
        Assert.Equal("Event", service.Requests.Single().Headers["X-Amz-Invocation-Type"]);
    }

    [Theory]
    [InlineData("my function", "live", "/2015-03-31/functions/my%20function/invocations?Qualifier=live")]
    [InlineData(
        "arn:aws:lambda:eu-west-1:123456789012:function:f",
        null,
        "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af/invocations"
    )]
    public async Task A_name_an_arn_and_a_qualifier_are_escaped_into_the_url(string function, string? qualifier, string target)
    {
        await using var service = await FakeService.StartAsync((_, _) => new Answer(200));
        using var lambda = Client(service);

        await lambda.InvokeAsync(
            new InvokeRequest { FunctionName = function, Qualifier = qualifier },
            TestContext.Current.CancellationToken
        );

        Assert.Equal(target, service.Requests.Single().Target);
    }

    [Fact]
    public async Task A_cancelled_invocation_does_not_wait_for_its_answer()
    {
        using var cancel = new CancellationTokenSource();
        await using var service = await FakeService.StartAsync(
            async (_, _, aborted) =>
            {
                await cancel.CancelAsync();
                await Task.Delay(Timeout.Infinite, aborted);
                return new Answer(200);
            }
        );
        using var lambda = Client(service);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            lambda.InvokeAsync(new InvokeRequest { FunctionName = "f" }, cancel.Token)
        );
    }

    [Fact]
    public void The_payload_is_a_view_of_its_stream()
    {
        var request = new InvokeRequest { PayloadStream = new MemoryStream("žluť"u8.ToArray()) };

        Assert.Equal("žluť", request.Payload);
        request.Payload = "kůň";
        Assert.Equal("kůň"u8.ToArray(), request.PayloadStream.ToArray());
    }
}
