using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using NotifyQuery.LambdaEmulator.Functions;
using NotifyQuery.LambdaEmulator.Gateway;

namespace NotifyQuery.Tests.LambdaEmulator;

/// <summary>A web page in a browser on this machine cannot reach either emulator, and no other machine can.</summary>
public sealed class LocalCallersTests : IAsyncLifetime
{
    private const string Invoke = "/2015-03-31/functions/StreamProcessor/invocations";

    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false });
    private LambdaService lambda = null!;
    private ApiGateway gateway = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        lambda = await LambdaService.StartAsync(
            new LambdaServiceOptions { StartLimit = TimeSpan.FromMilliseconds(50) },
            CancellationToken.None
        );
        gateway = await ApiGateway.StartAsync(
            new GatewayOptions { Routes = new([new("Query", "ANY", "/{proxy+}", lambda.Address)]) },
            CancellationToken.None
        );
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await gateway.DisposeAsync();
        await lambda.DisposeAsync();
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("localhost:5050", true)]
    [InlineData("127.0.0.1:5050", true)]
    [InlineData("[::1]:5050", true)]
    [InlineData("evil.example.com:5050", false)] // a name that was made to lead here
    [InlineData("localhost.evil.example.com", false)]
    [InlineData("10.0.0.7:5050", false)]
    public async Task Only_names_of_this_machine_are_answered(string host, bool answered)
    {
        foreach (
            var address in (Uri[])
                [new(lambda.Address, "/lambda-runtime-api/healthcheck"), new(gateway.Address, "/__lambda_test_tool_apigateway_health__")]
        )
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Host = host } };
            using var response = await client.SendAsync(request, Cancelled);

            Assert.Equal(answered ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
        }
    }

    [Theory]
    [InlineData("Origin", "https://evil.example.com")]
    [InlineData("Origin", "null")] // of a sandboxed page
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Sec-Fetch-Site", "same-origin")] // there are no pages here
    public async Task A_page_cannot_invoke_a_function_even_blindly(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(lambda.Address, Invoke)) { Content = new StringContent("{}") };
        request.Headers.Add(header, value);

        using var response = await client.SendAsync(request, Cancelled);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(0, lambda.Function("StreamProcessor").Waiting);
    }

    [Theory]
    [InlineData("no-cors", "cross-site", HttpStatusCode.Forbidden)] // an image, a form, a blind POST
    [InlineData("no-cors", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("websocket", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("no-cors", "same-origin", HttpStatusCode.NotFound)] // of the gateway's own page; there is no such route
    [InlineData("cors", "cross-site", HttpStatusCode.NotFound)] // the answer says which pages may read it
    [InlineData("navigate", "cross-site", HttpStatusCode.NotFound)] // a link to the documentation
    public async Task The_gateway_is_asked_by_a_page_of_another_site_only_with_CORS(string mode, string site, HttpStatusCode expected)
    {
        await using var empty = await ApiGateway.StartAsync(new GatewayOptions { Routes = new([]) }, Cancelled);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(empty.Address, "/query/user"));
        request.Headers.Add("Sec-Fetch-Mode", mode);
        request.Headers.Add("Sec-Fetch-Site", site);

        using var response = await client.SendAsync(request, Cancelled);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task No_other_machine_reaches_them()
    {
        var others = NetworkInterface
            .GetAllNetworkInterfaces()
            .SelectMany(it => it.GetIPProperties().UnicastAddresses)
            .Select(it => it.Address)
            .Where(address => address.AddressFamily is AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))
            .ToList();
        Assert.SkipWhen(others.Count == 0, "this machine has no other address than the loopback's");

        foreach (var server in (Uri[])[lambda.Address, gateway.Address])
        {
            foreach (var address in others)
            {
                using var socket = new TcpClient();
                var refused = await Assert.ThrowsAsync<SocketException>(async () =>
                    await socket.ConnectAsync(address, server.Port, Cancelled)
                );
                Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
            }
        }
    }
}
