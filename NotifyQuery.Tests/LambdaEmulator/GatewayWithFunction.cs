using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NotifyQuery.LambdaEmulator.Functions;
using NotifyQuery.LambdaEmulator.Gateway;

namespace NotifyQuery.Tests.LambdaEmulator;

/// <summary>The gateway in front of a real emulator, with a simulated function and a client.</summary>
internal sealed class GatewayWithFunction : IAsyncDisposable
{
    private GatewayWithFunction(LambdaService emulator, ApiGateway gateway)
    {
        Emulator = emulator;
        Gateway = gateway;
        Function = new RuntimeClient(emulator, "Query");
        Client.BaseAddress = gateway.Address;
    }

    public HttpClient Client { get; } = new(new SocketsHttpHandler { UseCookies = false });

    public LambdaService Emulator { get; }

    public ApiGateway Gateway { get; }

    public RuntimeClient Function { get; }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<GatewayWithFunction> StartAsync()
    {
        var emulator = await LambdaService.StartAsync(new LambdaServiceOptions { Host = "127.0.0.1" }, CancellationToken.None);
        return new(emulator, await StartGatewayAsync(emulator.Address, TimeSpan.FromSeconds(30)));
    }

    public static Task<ApiGateway> StartGatewayAsync(Uri lambda, TimeSpan timeout) =>
        ApiGateway.StartAsync(
            new GatewayOptions
            {
                Host = "127.0.0.1",
                IntegrationTimeout = timeout,
                Routes = new RouteTable([
                    new Route("Query", "Get", "/", lambda),
                    new Route("Query", "Any", "/echo", lambda),
                    new Route("Query", "Any", "/items/{id}/{rest+}", lambda),
                    new Route("Http", "Any", "/http/{rest+}", lambda),
                ]),
            },
            CancellationToken.None
        );

    public static async Task AssertMessageAsync(HttpResponseMessage response, HttpStatusCode status, string message)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(
            JsonSerializer.Serialize(new Dictionary<string, string> { ["message"] = message }),
            await response.Content.ReadAsStringAsync(Cancelled)
        );
    }

    public async Task<HttpResponseMessage> AnswerAsync(string path, string payload)
    {
        var sent = Client.GetAsync(path, Cancelled);
        var (requestId, _, _) = await Function.NextAsync(Cancelled);
        using var accepted = await Function.RespondAsync(requestId, payload, Cancelled);
        return await sent;
    }

    // As bytes, for requests that a well-behaved client would not send.
    public async Task<JsonNode> EventOfAsync(string request)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, Gateway.Address.Port, Cancelled);
        await connection.GetStream().WriteAsync(Encoding.UTF8.GetBytes(request), Cancelled);
        var (requestId, payload, _) = await Function.NextAsync(Cancelled);
        using var accepted = await Function.RespondAsync(requestId, "{}", Cancelled);
        using var reader = new StreamReader(connection.GetStream());
        Assert.StartsWith("HTTP/1.1 200 OK", await reader.ReadToEndAsync(Cancelled), StringComparison.Ordinal);
        return JsonNode.Parse(payload)!;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Function.Dispose();
        await Gateway.DisposeAsync();
        await Emulator.DisposeAsync();
    }
}
