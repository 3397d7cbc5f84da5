using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.Lambda.TestTool.Emulator;
using Amazon.Lambda.TestTool.Gateway;

namespace Counterparts.Tests.Lambda;

/// <summary>The gateway in front of a real emulator, with a simulated function.</summary>
public sealed class ApiGatewayTests : IAsyncLifetime
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseCookies = false });
    private LambdaEmulator _emulator = null!;
    private ApiGateway _gateway = null!;
    private RuntimeClient _function = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _emulator = await LambdaEmulator.StartAsync(new EmulatorOptions { Host = "127.0.0.1" }, CancellationToken.None);
        _gateway = await StartGatewayAsync(_emulator.Address, TimeSpan.FromSeconds(30));
        _function = new RuntimeClient(_emulator, "Query");
        _client.BaseAddress = _gateway.Address;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _function.Dispose();
        await _gateway.DisposeAsync();
        await _emulator.DisposeAsync();
    }

    [Fact]
    public async Task A_request_becomes_an_event_of_payload_format_2()
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(_gateway.Address, "/items/a%2Fb/Zo%C3%AB%20K?x=1&y=a%20b&x=2&flag&z=a%26b")
        );
        request.Content = new StringContent("""{"é":1}""", Encoding.UTF8, "application/json");
        request.Headers.Add("X-Two", ["a", "b"]);
        request.Headers.Add("Cookie", "k=v; l=a%20b");
        request.Headers.Add("User-Agent", "test/1");
        var sent = _client.SendAsync(request, Cancelled);
        var (requestId, payload, _) = await _function.NextAsync(Cancelled);
        using var accepted = await _function.RespondAsync(requestId, "{}", Cancelled);
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
                "host": "{{{_gateway.Address.Authority}}}",
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
        var payload = await EventOfAsync("GET / HTTP/1.1\r\nHost: localhost\r\nX-Two: a\r\nX-Two: b\r\nConnection: close\r\n\r\n");

        Assert.Equal("a,b", payload["headers"]!["x-two"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_a_request_does_not_have_is_left_out_of_its_event()
    {
        var payload = await EventOfAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

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
        var sent = _client.PostAsync("/echo", content, Cancelled);
        var (requestId, payload, _) = await _function.NextAsync(Cancelled);
        using var accepted = await _function.RespondAsync(requestId, "{}", Cancelled);
        using var response = await sent;

        var root = JsonNode.Parse(payload)!;
        Assert.Equal(base64, root["isBase64Encoded"]!.GetValue<bool>());
        var text = root["body"]!.GetValue<string>();
        Assert.Equal(body, base64 ? Convert.FromBase64String(text) : Encoding.UTF8.GetBytes(text));
    }

    [Fact]
    public async Task The_function_s_answer_is_the_response_with_its_cookies_and_without_what_belongs_to_the_connection()
    {
        using var response = await AnswerAsync(
            "/echo",
            """
            {"statusCode":201,"headers":{"content-type":"text/html","Content-Length":"999","Transfer-Encoding":"chunked","X-Name":"Zoë"},
             "cookies":["a=1; Path=/","b=2"],"body":"<p>"}
            """
        );

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(3, response.Content.Headers.ContentLength);
        Assert.Equal(["a=1; Path=/", "b=2"], response.Headers.GetValues("Set-Cookie"));
        Assert.Equal("<p>", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_204_has_no_body_whatever_the_function_says()
    {
        using var response = await AnswerAsync("/echo", """{"statusCode":204,"body":"no"}""");

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_HEAD_request_reaches_the_function_and_gets_headers_only()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, new Uri(_gateway.Address, "/echo"));
        var sent = _client.SendAsync(request, Cancelled);
        var (requestId, payload, _) = await _function.NextAsync(Cancelled);
        using var accepted = await _function.RespondAsync(requestId, """{"statusCode":200,"body":"12345"}""", Cancelled);
        using var response = await sent;

        Assert.Equal("HEAD", JsonNode.Parse(payload)!["requestContext"]!["http"]!["method"]!.GetValue<string>());
        Assert.Equal(5, response.Content.Headers.ContentLength);
        Assert.Equal("", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Theory]
    [InlineData("""{"statusCode":200,"headers":{"X-Bad":"a\r\nInjected: b"}}""")]
    [InlineData("not JSON")]
    public async Task An_answer_that_is_no_HTTP_is_an_internal_server_error(string payload)
    {
        using var response = await AnswerAsync("/echo", payload);

        await AssertMessageAsync(response, HttpStatusCode.InternalServerError, "Internal Server Error");
        Assert.False(response.Headers.Contains("Injected"));
    }

    [Fact]
    public async Task A_function_error_is_an_internal_server_error_that_gives_nothing_away()
    {
        var sent = _client.GetAsync("/echo", Cancelled);
        var (requestId, _, _) = await _function.NextAsync(Cancelled);
        using var accepted = await _function.FailAsync(requestId, """{"errorType":"Secret","errorMessage":"password"}""", Cancelled);
        using var response = await sent;

        await AssertMessageAsync(response, HttpStatusCode.InternalServerError, "Internal Server Error");
    }

    [Fact]
    public async Task A_path_without_a_route_is_not_found()
    {
        using var response = await _client.GetAsync("/items", Cancelled);

        await AssertMessageAsync(response, HttpStatusCode.NotFound, "Not Found");
    }

    [Fact]
    public async Task A_function_that_takes_too_long_makes_the_service_unavailable()
    {
        await using var hasty = await StartGatewayAsync(_emulator.Address, TimeSpan.FromMilliseconds(100));
        var sent = _client.GetAsync(new Uri(hasty.Address, "/echo"), Cancelled);
        await _function.NextAsync(Cancelled);
        using var response = await sent;

        await AssertMessageAsync(response, HttpStatusCode.ServiceUnavailable, "Service Unavailable");
    }

    [Fact]
    public async Task An_unreachable_emulator_makes_the_service_unavailable()
    {
        await using var alone = await StartGatewayAsync(new Uri("http://127.0.0.1:1"), TimeSpan.FromSeconds(30));
        using var response = await _client.GetAsync(new Uri(alone.Address, "/echo"), Cancelled);

        await AssertMessageAsync(response, HttpStatusCode.ServiceUnavailable, "Service Unavailable");
    }

    [Fact]
    public async Task A_body_beyond_AWS_s_limits_is_too_large()
    {
        using var forGateway = await _client.PostAsync("/echo", new ByteArrayContent(new byte[GatewayOptions.MaxBody + 1]), Cancelled);
        using var forLambda = await _client.PostAsync("/echo", new StringContent(new string('x', EmulatorOptions.MaxPayload)), Cancelled);

        await AssertMessageAsync(forGateway, HttpStatusCode.RequestEntityTooLarge, "Request Entity Too Large");
        await AssertMessageAsync(forLambda, HttpStatusCode.RequestEntityTooLarge, "Request Entity Too Large");
    }

    [Fact]
    public async Task Headers_beyond_AWS_s_limit_are_too_large()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_gateway.Address, "/echo"));
        request.Headers.Add("X-Big", new string('x', GatewayOptions.MaxHeaders));
        using var response = await _client.SendAsync(request, Cancelled);

        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task A_request_line_beyond_AWS_s_limit_is_too_long()
    {
        using var response = await _client.GetAsync($"/echo?{new string('x', GatewayOptions.MaxHeaders)}", Cancelled);

        Assert.Equal(HttpStatusCode.RequestUriTooLong, response.StatusCode);
    }

    [Fact]
    public async Task A_trace_id_may_be_any_text()
    {
        var payload = await EventOfAsync("GET / HTTP/1.1\r\nHost: localhost\r\nX-Amzn-Trace-Id: Zoë\r\nConnection: close\r\n\r\n");

        Assert.Equal("Zoë", payload["headers"]!["x-amzn-trace-id"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_client_that_leaves_takes_its_waiting_invocation_with_it()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var abandoned = _client.GetAsync("/echo", leaving.Token);
        while (_emulator.Function("Query").Waiting != 1)
            await Task.Delay(5, Cancelled);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);

        while (_emulator.Function("Query").Waiting != 0)
            await Task.Delay(5, Cancelled);
    }

    [Fact]
    public async Task The_caller_s_trace_goes_on_to_the_function()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_gateway.Address, "/echo"));
        request.Headers.Add("X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
        var sent = _client.SendAsync(request, Cancelled);
        var (requestId, _, headers) = await _function.NextAsync(Cancelled);
        using var accepted = await _function.RespondAsync(requestId, "{}", Cancelled);
        using var response = await sent;

        Assert.Equal(
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
            headers.GetValues("Lambda-Runtime-Trace-Id").Single()
        );
    }

    [Fact]
    public async Task Thirty_two_clients_at_once_each_get_their_own_answer()
    {
        await using var function = FunctionProcess.Start(_emulator.Address, "Http", "http", ("AWS_LAMBDA_MAX_CONCURRENCY", "16"));

        await Parallel.ForAsync(
            0,
            32,
            new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancelled },
            async (client, cancellationToken) =>
            {
                for (var call = 0; call < 10; call++)
                    Assert.Equal(
                        $"GET /http/{client}/{call} by Http",
                        await _client.GetStringAsync($"/http/{client}/{call}", cancellationToken)
                    );
            }
        );
    }

    [Fact]
    public async Task Its_health_can_be_checked()
    {
        using var response = await _client.GetAsync("/__lambda_test_tool_apigateway_health__", Cancelled);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static Task<ApiGateway> StartGatewayAsync(Uri lambda, TimeSpan timeout) =>
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

    private static async Task AssertMessageAsync(HttpResponseMessage response, HttpStatusCode status, string message)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(
            JsonSerializer.Serialize(new Dictionary<string, string> { ["message"] = message }),
            await response.Content.ReadAsStringAsync(Cancelled)
        );
    }

    private async Task<HttpResponseMessage> AnswerAsync(string path, string payload)
    {
        var sent = _client.GetAsync(path, Cancelled);
        var (requestId, _, _) = await _function.NextAsync(Cancelled);
        using var accepted = await _function.RespondAsync(requestId, payload, Cancelled);
        return await sent;
    }

    // As bytes, for requests that a well-behaved client would not send.
    private async Task<JsonNode> EventOfAsync(string request)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, _gateway.Address.Port, Cancelled);
        await connection.GetStream().WriteAsync(Encoding.UTF8.GetBytes(request), Cancelled);
        var (requestId, payload, _) = await _function.NextAsync(Cancelled);
        using var accepted = await _function.RespondAsync(requestId, "{}", Cancelled);
        using var reader = new StreamReader(connection.GetStream());
        Assert.StartsWith("HTTP/1.1 200 OK", await reader.ReadToEndAsync(Cancelled), StringComparison.Ordinal);
        return JsonNode.Parse(payload)!;
    }
}
