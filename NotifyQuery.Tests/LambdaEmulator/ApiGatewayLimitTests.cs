using System.Net;
using NotifyQuery.LambdaEmulator.Functions;
using NotifyQuery.LambdaEmulator.Gateway;
using static NotifyQuery.Tests.LambdaEmulator.GatewayWithFunction;

namespace NotifyQuery.Tests.LambdaEmulator;

/// <summary>What the gateway answers by itself: where there is no route, nobody in time, or too much of a request.</summary>
public sealed class ApiGatewayLimitTests : IAsyncLifetime
{
    private GatewayWithFunction system = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => system = await GatewayWithFunction.StartAsync();

    public ValueTask DisposeAsync() => system.DisposeAsync();

    [Fact]
    public async Task A_path_without_a_route_is_not_found()
    {
        using var response = await system.Client.GetAsync("/items", Cancelled);

        await AssertMessageAsync(response, HttpStatusCode.NotFound, "Not Found");
    }

    [Fact]
    public async Task A_function_that_takes_too_long_makes_the_service_unavailable()
    {
        await using var hasty = await StartGatewayAsync(system.Emulator.Address, TimeSpan.FromMilliseconds(100));
        var sent = system.Client.GetAsync(new Uri(hasty.Address, "/echo"), Cancelled);
        await system.Function.NextAsync(Cancelled);
        using var response = await sent;

        await AssertMessageAsync(response, HttpStatusCode.ServiceUnavailable, "Service Unavailable");
    }

    [Fact]
    public async Task An_unreachable_emulator_makes_the_service_unavailable()
    {
        await using var alone = await StartGatewayAsync(new Uri("http://127.0.0.1:1"), TimeSpan.FromSeconds(30));
        using var response = await system.Client.GetAsync(new Uri(alone.Address, "/echo"), Cancelled);

        await AssertMessageAsync(response, HttpStatusCode.ServiceUnavailable, "Service Unavailable");
    }

    [Fact]
    public async Task A_body_beyond_AWS_s_limits_is_too_large()
    {
        using var forGateway = await system.Client.PostAsync(
            "/echo",
            new ByteArrayContent(new byte[GatewayOptions.MaxBody + 1]),
            Cancelled
        );
        using var forLambda = await system.Client.PostAsync(
            "/echo",
            new StringContent(new string('x', LambdaServiceOptions.MaxPayload)),
            Cancelled
        );

        await AssertMessageAsync(forGateway, HttpStatusCode.RequestEntityTooLarge, "Request Entity Too Large");
        await AssertMessageAsync(forLambda, HttpStatusCode.RequestEntityTooLarge, "Request Entity Too Large");
    }

    [Fact]
    public async Task Headers_beyond_AWS_s_limit_are_too_large()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(system.Gateway.Address, "/echo"));
        request.Headers.Add("X-Big", new string('x', GatewayOptions.MaxHeaders));
        using var response = await system.Client.SendAsync(request, Cancelled);

        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task A_request_line_beyond_AWS_s_limit_is_too_long()
    {
        using var response = await system.Client.GetAsync($"/echo?{new string('x', GatewayOptions.MaxHeaders)}", Cancelled);

        Assert.Equal(HttpStatusCode.RequestUriTooLong, response.StatusCode);
    }

    [Fact]
    public async Task A_client_that_leaves_takes_its_waiting_invocation_with_it()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var abandoned = system.Client.GetAsync("/echo", leaving.Token);
        while (system.Emulator.Function("Query").Waiting != 1)
            await Task.Delay(5, Cancelled);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);

        while (system.Emulator.Function("Query").Waiting != 0)
            await Task.Delay(5, Cancelled);
    }

    [Fact]
    public async Task Its_health_can_be_checked()
    {
        using var response = await system.Client.GetAsync("/__lambda_test_tool_apigateway_health__", Cancelled);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
