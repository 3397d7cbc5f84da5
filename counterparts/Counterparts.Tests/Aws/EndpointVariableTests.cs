using Amazon.DynamoDBStreams;
using Amazon.Lambda;
using Amazon.Lambda.Model;
using static Counterparts.Tests.Aws.FakeService;

namespace Counterparts.Tests.Aws;

[Collection(nameof(ProcessEnvironment))]
public class EndpointVariableTests
{
    [Fact]
    public async Task A_services_own_variable_is_where_it_is_reached()
    {
        await using var lambdas = await FakeService.StartAsync((_, _) => new Answer(200, "1"));
        await using var tables = await FakeService.StartAsync((_, _) => new Answer(200, """{"Streams":[]}"""));
        using var lambdaUrl = new Variable("AWS_ENDPOINT_URL_LAMBDA", lambdas.Url);
        using var streamsUrl = new Variable("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", tables.Url);
        using var region = new Variable("AWS_REGION", "eu-west-1");
        using var lambda = new AmazonLambdaClient(Credentials);
        using var streams = new AmazonDynamoDBStreamsClient(Credentials);

        await lambda.InvokeAsync(new InvokeRequest { FunctionName = "f" }, TestContext.Current.CancellationToken);
        await streams.ListStreamsAsync(TestContext.Current.CancellationToken);

        Assert.Contains("/eu-west-1/lambda/", Assert.Single(lambdas.Requests).Headers["Authorization"], StringComparison.Ordinal);
        Assert.Contains("/eu-west-1/dynamodb/", Assert.Single(tables.Requests).Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_url_set_in_code_comes_before_the_variable()
    {
        await using var service = await FakeService.StartAsync((_, _) => new Answer(200, "1"));
        using var elsewhere = new Variable("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:1");
        using var lambda = new AmazonLambdaClient(
            Credentials,
            new AmazonLambdaConfig { ServiceURL = service.Url, AuthenticationRegion = "eu-west-1" }
        );

        await lambda.InvokeAsync(new InvokeRequest { FunctionName = "f" }, TestContext.Current.CancellationToken);

        Assert.Single(service.Requests);
    }
}
