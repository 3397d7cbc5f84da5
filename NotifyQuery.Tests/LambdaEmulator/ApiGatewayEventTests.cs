using System.Text;
using System.Text.Json.Nodes;

namespace NotifyQuery.Tests.LambdaEmulator;

/// <summary>What the gateway makes of a request: the event that the function is invoked with.</summary>
public sealed class ApiGatewayEventTests : IAsyncLifetime
{
    private GatewayWithFunction system = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => system = await GatewayWithFunction.StartAsync();

    public ValueTask DisposeAsync() => system.DisposeAsync();

    [Fact]
    public async Task A_request_becomes_an_event_of_payload_format_2()
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(system.Gateway.Address, "/items/a%2Fb/Zo%C3%AB%20K?x=1&y=a%20b&x=2&flag&z=a%26b")
        );
        request.Content = new StringContent("""{"é":1}""", Encoding.UTF8, "application/json");
        request.Headers.Add("X-Two", ["a", "b"]);
        request.Headers.Add("Cookie", "k=v; l=a%20b");
        request.Headers.Add("User-Agent", "test/1");
        var sent = system.Client.SendAsync(request, Cancelled);
        var (requestId, payload, _) = await system.Function.NextAsync(Cancelled);
        using var accepted = await system.Function.RespondAsync(requestId, "{}", Cancelled);
        using var response = await sent;

        var actual = JsonNode.Parse(payload)!;
        var context = actual["requestContext"]!;
        Assert.Matches("^[0-9a-f]{15}=$", (string?)context["requestId"]);
        Assert.Equal(response.Headers.GetValues("Apigw-Requestid").Single(), (string?)context["requestId"]);
        Assert.Matches(@"^\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000$", (string?)context["time"]);
        var time = DateTimeOffset.FromUnixTimeMilliseconds((long)context["timeEpoch"]!);
        Assert.InRange(DateTimeOffset.UtcNow - time, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        context["requestId"] = "-";
        context["time"] = "-";
        context["timeEpoch"] = 0;
        var expected = JsonNode.Parse(
            $$$"""
            {
              "version": "2.0",
              "routeKey": "ANY /items/{id}/{rest+}",
              "rawPath": "/items/a%2Fb/Zoë K",
              "rawQueryString": "x=1&y=a%20b&x=2&flag&z=a%26b",
              "cookies": ["k=v", "l=a%20b"],
              "headers": {
                "host": "{{{system.Gateway.Address.Authority}}}",
                "user-agent": "test/1",
                "x-two": "a, b",
                "cookie": "k=v; l=a%20b",
                "content-type": "application/json; charset=utf-8",
                "content-length": "8"
              },
              "queryStringParameters": {"x": "1,2", "y": "a b", "flag": "", "z": "a&b"},
              "requestContext": {
                "http": {"method": "POST", "path": "/items/a%2Fb/Zoë K", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test/1"},
                "requestId": "-", "routeKey": "ANY /items/{id}/{rest+}", "stage": "$default", "time": "-", "timeEpoch": 0
              },
              "body": "{\"é\":1}",
              "isBase64Encoded": false,
              "pathParameters": {"id": "a/b", "rest": "Zoë K"}
            }
            """
        );
        Assert.True(JsonNode.DeepEquals(expected, actual), payload);
    }

    [Fact]
    public async Task Repeated_headers_are_joined_with_commas()
    {
        var payload = await system.EventOfAsync("GET / HTTP/1.1\r\nHost: localhost\r\nX-Two: a\r\nX-Two: b\r\nConnection: close\r\n\r\n");

        Assert.Equal("a,b", payload["headers"]!["x-two"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_a_request_does_not_have_is_left_out_of_its_event()
    {
        var payload = await system.EventOfAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.Equal(
            ["version", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext", "isBase64Encoded"],
            payload.AsObject().Select(p => p.Key)
        );
        Assert.Equal("", payload["rawQueryString"]!.GetValue<string>());
        Assert.Equal("GET /", payload["routeKey"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("application/octet-stream", "abc", true)]
    [InlineData("image/png", "abc", true)]
    [InlineData("application/zip; x=y", "abc", true)]
    [InlineData("text/plain", "abc", false)]
    [InlineData("text/plain", "\u00ff", true)]
    public async Task A_body_that_is_not_text_travels_as_base64(string contentType, string latin1, bool base64)
    {
        var body = Encoding.Latin1.GetBytes(latin1);
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        var sent = system.Client.PostAsync("/echo", content, Cancelled);
        var (requestId, payload, _) = await system.Function.NextAsync(Cancelled);
        using var accepted = await system.Function.RespondAsync(requestId, "{}", Cancelled);
        using var response = await sent;

        var root = JsonNode.Parse(payload)!;
        Assert.Equal(base64, root["isBase64Encoded"]!.GetValue<bool>());
        var text = root["body"]!.GetValue<string>();
        Assert.Equal(body, base64 ? Convert.FromBase64String(text) : Encoding.UTF8.GetBytes(text));
    }

    [Fact]
    public async Task A_trace_id_may_be_any_text()
    {
        var payload = await system.EventOfAsync("GET / HTTP/1.1\r\nHost: localhost\r\nX-Amzn-Trace-Id: Zoë\r\nConnection: close\r\n\r\n");

        Assert.Equal("Zoë", payload["headers"]!["x-amzn-trace-id"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_caller_s_trace_goes_on_to_the_function()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(system.Gateway.Address, "/echo"));
        request.Headers.Add("X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
        var sent = system.Client.SendAsync(request, Cancelled);
        var (requestId, _, headers) = await system.Function.NextAsync(Cancelled);
        using var accepted = await system.Function.RespondAsync(requestId, "{}", Cancelled);
        using var response = await sent;

        Assert.Equal(
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
            headers.GetValues("Lambda-Runtime-Trace-Id").Single()
        );
    }
}
