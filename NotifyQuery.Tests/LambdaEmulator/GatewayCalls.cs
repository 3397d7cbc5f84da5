using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using NotifyQuery.LambdaEmulator.Functions;
using NotifyQuery.LambdaEmulator.Gateway;

namespace NotifyQuery.Tests.LambdaEmulator;

/// <summary>What goes through a gateway that has one route, to a simulated function.</summary>
internal static class GatewayCalls
{
    public static RouteTable RoutesTo(LambdaService emulator) => new([new("Query", "ANY", "/{proxy+}", emulator.Address)]);

    public static async Task<HttpResponseMessage> AskAsync(this HttpClient client, ApiGateway gateway, string path, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Address, path));
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static async Task<JsonNode> EventOfAsync(
        this HttpClient client,
        LambdaService emulator,
        ApiGateway gateway,
        string path,
        string? token = null
    )
    {
        var cancelled = TestContext.Current.CancellationToken;
        using var function = new RuntimeClient(emulator, "Query");
        var asked = client.AskAsync(gateway, path, token);
        var next = function.NextAsync(cancelled);
        if (await Task.WhenAny(asked, next) == asked)
            Assert.Fail($"the function was not invoked: {(await asked).StatusCode} {(await asked).Headers}");
        var (requestId, payload, _) = await next;
        using var accepted = await function.RespondAsync(requestId, "{}", cancelled);
        using var response = await asked;
        return JsonNode.Parse(payload)!;
    }
}
