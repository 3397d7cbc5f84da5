using System.Net;
using NotifyQuery.LambdaEmulator;
using NotifyQuery.LambdaEmulator.Functions;
using NotifyQuery.LambdaEmulator.Gateway;
using static NotifyQuery.Tests.LambdaEmulator.GatewayCalls;

namespace NotifyQuery.Tests.LambdaEmulator;

/// <summary>The gateway's stage, as in an HTTP API, and how the environment names it; the function is simulated.</summary>
public sealed class GatewayStageTests : IAsyncLifetime
{
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false });
    private LambdaService lambda = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => lambda = await LambdaService.StartAsync(new LambdaServiceOptions(), CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await lambda.DisposeAsync();
    }

    [Theory]
    [InlineData("prod", "", "/prod/query/user", "/prod/query/user")]
    [InlineData("prod", "", "/prod", "/prod")]
    [InlineData("prod", "v1", "/v1/query/user", "/v1/query/user")] // of a custom domain: the stage does not stand in the path
    [InlineData("$default", "orders/v1", "/orders/v1/query/user", "/orders/v1/query/user")]
    public async Task The_stage_or_the_mapping_key_stands_in_the_path_of_the_event_and_not_in_the_routes(
        string stage,
        string key,
        string path,
        string rawPath
    )
    {
        await using var gateway = await ApiGateway.StartAsync(
            new GatewayOptions
            {
                Routes = RoutesTo(lambda),
                Stage = stage,
                MappingKey = key,
            },
            Cancelled
        );

        var payload = await client.EventOfAsync(lambda, gateway, path);

        Assert.Equal(
            (rawPath, rawPath, stage),
            (
                (string?)payload["rawPath"],
                (string?)payload["requestContext"]!["http"]!["path"],
                (string?)payload["requestContext"]!["stage"]
            )
        );
        Assert.Equal("ANY /{proxy+}", (string?)payload["routeKey"]);
        if (path.Contains("query", StringComparison.Ordinal))
            Assert.Equal("query/user", (string?)payload["pathParameters"]!["proxy"]);
    }

    [Theory]
    [InlineData("/query/user")]
    [InlineData("/production/query/user")]
    [InlineData("/Prod/query/user")]
    public async Task Without_the_stage_there_is_nothing(string path)
    {
        await using var gateway = await ApiGateway.StartAsync(new GatewayOptions { Routes = RoutesTo(lambda), Stage = "prod" }, Cancelled);

        using var response = await client.AskAsync(gateway, path);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public void The_environment_says_stage_and_authorizer()
    {
        var options = new GatewayOptions { Routes = RoutesTo(lambda) }.With(
            new Dictionary<string, string>
            {
                ["APIGATEWAY_EMULATOR_STAGE"] = "prod",
                ["APIGATEWAY_EMULATOR_JWT_ISSUER"] = "https://issuer.example.com/",
                ["APIGATEWAY_EMULATOR_JWT_AUDIENCE"] = "web, mobile",
            }
        );

        Assert.Equal(("prod", "/prod", "https://issuer.example.com/"), (options.Stage, options.Prefix, options.Jwt!.Issuer));
        Assert.Equal(["web", "mobile"], options.Jwt.Audience);
        Assert.Null(
            new GatewayOptions { Routes = RoutesTo(lambda) }
                .With(new Dictionary<string, string>())
                .Jwt
        );
        Assert.Throws<UsageException>(() =>
            new GatewayOptions { Routes = RoutesTo(lambda) }.With(
                new Dictionary<string, string> { ["APIGATEWAY_EMULATOR_JWT_ISSUER"] = "https://issuer.example.com" }
            )
        );
    }
}
