using System.Net;
using System.Text;
using Amazon.Lambda;
using Amazon.Lambda.Model;
using static Counterparts.Tests.Aws.FakeService;
using static Counterparts.Tests.Aws.LambdaClients;

namespace Counterparts.Tests.Aws;

/// <summary>What the client makes of errors: it throws them, or tries again.</summary>
public class LambdaErrorTests
{
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
}
