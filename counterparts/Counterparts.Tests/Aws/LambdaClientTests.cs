using System.Net;
using System.Text;
using Amazon;
using Amazon.Lambda;
using Amazon.Lambda.Model;
using Amazon.Runtime.Endpoints;
using static Counterparts.Tests.Aws.FakeService;

namespace Counterparts.Tests.Aws;

public class LambdaClientTests
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

    [Theory]
    [InlineData(404, "ResourceNotFoundException", typeof(ResourceNotFoundException))]
    [InlineData(413, "RequestTooLargeException", typeof(RequestTooLargeException))]
    [InlineData(400, "InvalidRequestContentException", typeof(InvalidRequestContentException))]
    [InlineData(400, "InvalidParameterValueException", typeof(InvalidParameterValueException))]
    [InlineData(409, "ResourceConflictException", typeof(ResourceConflictException))]
    [InlineData(429, "TooManyRequestsException", typeof(TooManyRequestsException))]
    [InlineData(500, "ServiceException", typeof(ServiceException))]
    [InlineData(413, "RequestEntityTooLargeException", typeof(AmazonLambdaException))]
    public async Task An_error_of_the_service_is_thrown_as_the_exception_of_its_code(int status, string code, Type exception)
    {
        await using var service = await FakeService.StartAsync(
            (_, _) =>
                new Answer(
                    status,
                    """{"Message":"no"}""",
                    new() { ["x-amzn-ErrorType"] = code + ":http://internal.amazon.com/", ["x-amzn-RequestId"] = "r" }
                )
        );
        using var lambda = Client(service, maxErrorRetry: 0);

        var error = await Assert.ThrowsAnyAsync<AmazonLambdaException>(() =>
            lambda.InvokeAsync(new InvokeRequest { FunctionName = "f" }, TestContext.Current.CancellationToken)
        );

        Assert.IsType(exception, error);
        Assert.Equal(code, error.ErrorCode);
        Assert.Equal("no", error.Message);
        Assert.Equal((HttpStatusCode)status, error.StatusCode);
        Assert.Equal("r", error.RequestId);
        Assert.Single(service.Requests);
    }

    [Theory]
    [InlineData(500, "ServiceException")]
    [InlineData(429, "TooManyRequestsException")]
    public async Task A_fault_and_a_throttle_are_retried_with_the_same_payload(int status, string code)
    {
        await using var service = await FakeService.StartAsync(
            (_, number) => number < 3 ? Answer.Error(status, code) : new Answer(200, "1")
        );
        using var lambda = Client(service, maxErrorRetry: 2);

        var response = await lambda.InvokeAsync(
            new InvokeRequest { FunctionName = "f", Payload = "[1]" },
            TestContext.Current.CancellationToken
        );

        Assert.Equal("1", Encoding.UTF8.GetString(response.Payload.ToArray()));
        Assert.Equal(["[1]", "[1]", "[1]"], service.Requests.Select(request => request.Text));
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
    public async Task A_request_without_a_function_is_refused_before_it_is_sent()
    {
        await using var service = await FakeService.StartAsync((_, _) => new Answer(200));
        using var lambda = Client(service);

        var error = await Assert.ThrowsAsync<AmazonLambdaException>(() =>
            lambda.InvokeAsync(new InvokeRequest(), TestContext.Current.CancellationToken)
        );

        Assert.Contains("FunctionName", error.Message, StringComparison.Ordinal);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Event_source_mappings_are_listed_by_their_source_and_function_page_by_page()
    {
        await using var service = await FakeService.StartAsync(
            (_, number) =>
                new Answer(
                    200,
                    number == 1
                        ? """{"EventSourceMappings":[{"UUID":"id-1","EventSourceArn":"arn:s","FunctionArn":"arn:f","State":"Enabled","LastModified":1764439384.5,"LastProcessingResult":"OK","MaximumRecordAgeInSeconds":-1,"BatchSize":100}],"NextMarker":"m"}"""
                        : """{"EventSourceMappings":[]}"""
                )
        );
        using var lambda = Client(service);

        var first = await lambda.ListEventSourceMappingsAsync(
            new ListEventSourceMappingsRequest
            {
                EventSourceArn = "arn:aws:dynamodb:eu-west-1:1:table/c/stream/2026-01-02T03:04:05.678",
                FunctionName = "f",
                MaxItems = 10,
            },
            TestContext.Current.CancellationToken
        );
        var second = await lambda.ListEventSourceMappingsAsync(
            new ListEventSourceMappingsRequest { Marker = first.NextMarker },
            TestContext.Current.CancellationToken
        );

        var mapping = Assert.Single(first.EventSourceMappings);
        Assert.Equal(
            ("id-1", "arn:s", "arn:f", "Enabled", "OK", -1),
            (
                mapping.UUID,
                mapping.EventSourceArn,
                mapping.FunctionArn,
                mapping.State,
                mapping.LastProcessingResult,
                mapping.MaximumRecordAgeInSeconds
            )
        );
        Assert.Equal(new DateTime(2025, 11, 29, 18, 3, 4, 500, DateTimeKind.Utc), mapping.LastModified);
        Assert.Equal((0, null), (second.EventSourceMappings.Count, second.NextMarker));
        Assert.Equal(
            [
                "GET /2015-03-31/event-source-mappings?EventSourceArn=arn%3Aaws%3Adynamodb%3Aeu-west-1%3A1%3Atable%2Fc%2F"
                    + "stream%2F2026-01-02T03%3A04%3A05.678&FunctionName=f&MaxItems=10 ",
                "GET /2015-03-31/event-source-mappings?Marker=m ",
            ],
            service.Requests.Select(request => $"{request.Method} {request.Target} {request.Text}")
        );
    }

    [Theory]
    [InlineData(false, """{"Enabled":false}""", "Disabling")]
    [InlineData(true, """{"Enabled":true}""", "Enabling")]
    public async Task An_event_source_mapping_is_updated_in_what_is_set_alone(bool enabled, string body, string state)
    {
        await using var service = await FakeService.StartAsync((_, _) => new Answer(202, $$"""{"UUID":"id-1","State":"{{state}}"}"""));
        using var lambda = Client(service);

        var response = await lambda.UpdateEventSourceMappingAsync(
            new UpdateEventSourceMappingRequest { UUID = "id-1", Enabled = enabled },
            TestContext.Current.CancellationToken
        );

        Assert.Equal(("id-1", state), (response.UUID, response.State));
        var request = Assert.Single(service.Requests);
        Assert.Equal(
            ("PUT", "/2015-03-31/event-source-mappings/id-1", body, "application/json"),
            (request.Method, request.Target, request.Text, request.Headers["Content-Type"])
        );
        Assert.Contains("/eu-west-1/lambda/aws4_request", request.Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mapping_that_is_being_changed_is_refused_by_an_exception_of_its_own()
    {
        await using var service = await FakeService.StartAsync((_, _) => Answer.Error(400, "ResourceInUseException"));
        using var lambda = Client(service);

        await Assert.ThrowsAsync<ResourceInUseException>(() =>
            lambda.UpdateEventSourceMappingAsync(
                new UpdateEventSourceMappingRequest { UUID = "id-1", Enabled = true },
                TestContext.Current.CancellationToken
            )
        );
        await Assert.ThrowsAsync<AmazonLambdaException>(() =>
            lambda.UpdateEventSourceMappingAsync(new UpdateEventSourceMappingRequest(), TestContext.Current.CancellationToken)
        );
        Assert.Single(service.Requests);
    }

    [Theory]
    [InlineData("eu-central-1", false, false, "https://lambda.eu-central-1.amazonaws.com")]
    [InlineData("us-east-1", true, false, "https://lambda-fips.us-east-1.amazonaws.com")]
    [InlineData("us-east-1", false, true, "https://lambda.us-east-1.api.aws")]
    [InlineData("cn-north-1", false, false, "https://lambda.cn-north-1.amazonaws.com.cn")]
    public void A_region_has_its_endpoint(string region, bool fips, bool dualStack, string url)
    {
        var config = new AmazonLambdaConfig
        {
            RegionEndpoint = RegionEndpoint.GetBySystemName(region),
            UseFIPSEndpoint = fips,
            UseDualstackEndpoint = dualStack,
        };

        var endpoint = config.DetermineServiceOperationEndpoint(new ServiceOperationEndpointParameters(new InvokeRequest()));

        Assert.Equal(url, endpoint.URL.TrimEnd('/'));
    }

    [Fact]
    public void The_payload_is_a_view_of_its_stream()
    {
        var request = new InvokeRequest { PayloadStream = new MemoryStream("žluť"u8.ToArray()) };

        Assert.Equal("žluť", request.Payload);
        request.Payload = "kůň";
        Assert.Equal("kůň"u8.ToArray(), request.PayloadStream.ToArray());
    }

    private static AmazonLambdaClient Client(FakeService service, int maxErrorRetry = 2) =>
        new(
            Credentials,
            new AmazonLambdaConfig
            {
                ServiceURL = service.Url,
                AuthenticationRegion = "eu-west-1",
                MaxErrorRetry = maxErrorRetry,
            }
        );
}
