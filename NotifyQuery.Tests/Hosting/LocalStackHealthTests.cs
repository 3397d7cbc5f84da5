using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using NotifyQuery.AppHost.Backends;

namespace NotifyQuery.Tests.Hosting;

public sealed class LocalStackHealthTests
{
    [Theory]
    [InlineData(
        200,
        """{"services":{"dynamodb":"initializing","dynamodbstreams":"available"}}""",
        HealthStatus.Unhealthy,
        "'initializing'"
    )]
    [InlineData(200, """{"services":{"dynamodb":"starting"}}""", HealthStatus.Unhealthy, "'starting'")]
    [InlineData(200, """{"services":{"dynamodb":"available"},"edition":"community","version":"4.14.0"}""", HealthStatus.Healthy, null)]
    [InlineData(200, """{"services":{"dynamodb":"running"},"edition":"community","version":"4.14.0"}""", HealthStatus.Healthy, null)]
    [InlineData(200, """{"services":{"dynamodb":"error"}}""", HealthStatus.Unhealthy, "'error'")]
    [InlineData(200, """{"services":{"sqs":"running"}}""", HealthStatus.Unhealthy, "does not contain the state")]
    [InlineData(200, """{"services":{"dynamodb":1}}""", HealthStatus.Unhealthy, "does not contain the state")]
    [InlineData(200, """["dynamodb","running"]""", HealthStatus.Unhealthy, "does not contain the state")]
    [InlineData(200, "<html>running</html>", HealthStatus.Unhealthy, "not JSON")]
    [InlineData(200, "", HealthStatus.Unhealthy, "not JSON")]
    [InlineData(503, """{"services":{"dynamodb":"running"}}""", HealthStatus.Unhealthy, "does not respond")]
    public async Task Only_a_DynamoDB_that_takes_requests_is_healthy(int statusCode, string answer, HealthStatus expected, string? reason)
    {
        await using var server = await ServeAsync(async context =>
        {
            if (context.Request.Path != "/_localstack/health")
            {
                context.Response.StatusCode = 404;
                return;
            }

            context.Response.StatusCode = statusCode;
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(answer));
        });

        var result = await CheckAsync(new Uri(server.Urls.Single()));

        Assert.Equal(expected, result.Status);
        if (reason is not null)
            Assert.Contains(reason, result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_or_has_no_address_yet_is_unhealthy()
    {
        Uri gone;
        await using (var server = await ServeAsync(_ => Task.CompletedTask))
            gone = new Uri(server.Urls.Single());

        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(gone)).Status);
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(null)).Status);
    }

    private static Task<HealthCheckResult> CheckAsync(Uri? server) =>
        new LocalStackHealth(() => server).CheckHealthAsync(new(), TestContext.Current.CancellationToken);

    private static async Task<WebApplication> ServeAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = builder.Build();
        server.Run(answer);
        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }
}
