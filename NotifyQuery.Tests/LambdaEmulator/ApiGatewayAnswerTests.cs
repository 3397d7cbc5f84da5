using System.Net;
using System.Text.Json.Nodes;
using static NotifyQuery.Tests.LambdaEmulator.GatewayWithFunction;

namespace NotifyQuery.Tests.LambdaEmulator;

/// <summary>What the gateway makes of the answer of the function.</summary>
public sealed class ApiGatewayAnswerTests : IAsyncLifetime
{
    private GatewayWithFunction system = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => system = await GatewayWithFunction.StartAsync();

    public ValueTask DisposeAsync() => system.DisposeAsync();

    [Fact]
    public async Task The_function_s_answer_is_the_response_with_its_cookies_and_without_what_belongs_to_the_connection()
    {
        using var response = await system.AnswerAsync(
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
        using var response = await system.AnswerAsync("/echo", """{"statusCode":204,"body":"no"}""");

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_HEAD_request_reaches_the_function_and_gets_headers_only()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, new Uri(system.Gateway.Address, "/echo"));
        var sent = system.Client.SendAsync(request, Cancelled);
        var (requestId, payload, _) = await system.Function.NextAsync(Cancelled);
        using var accepted = await system.Function.RespondAsync(requestId, """{"statusCode":200,"body":"12345"}""", Cancelled);
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
        using var response = await system.AnswerAsync("/echo", payload);

        await AssertMessageAsync(response, HttpStatusCode.InternalServerError, "Internal Server Error");
        Assert.False(response.Headers.Contains("Injected"));
    }

    [Fact]
    public async Task A_function_error_is_an_internal_server_error_that_gives_nothing_away()
    {
        var sent = system.Client.GetAsync("/echo", Cancelled);
        var (requestId, _, _) = await system.Function.NextAsync(Cancelled);
        using var accepted = await system.Function.FailAsync(requestId, """{"errorType":"Secret","errorMessage":"password"}""", Cancelled);
        using var response = await sent;

        await AssertMessageAsync(response, HttpStatusCode.InternalServerError, "Internal Server Error");
    }

    [Fact]
    public async Task Thirty_two_clients_at_once_each_get_their_own_answer_from_sixteen_loops()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var loops = Enumerable.Range(0, 16).Select(_ => ServeAsync(stop.Token)).ToList();

        await Parallel.ForAsync(
            0,
            32,
            new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancelled },
            async (client, cancellationToken) =>
            {
                for (var call = 0; call < 10; call++)
                    Assert.Equal($"/http/{client}/{call}", await system.Client.GetStringAsync($"/http/{client}/{call}", cancellationToken));
            }
        );

        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(loops), served => Assert.True(served > 0, "a loop served nothing"));
    }

    /// <summary>A loop of a function that answers with the path, until it is stopped. Returns how many invocations it served.</summary>
    private async Task<int> ServeAsync(CancellationToken stop)
    {
        using var loop = new RuntimeClient(system.Emulator, "Http");
        for (var served = 0; ; served++)
        {
            try
            {
                var (requestId, payload, _) = await loop.NextAsync(stop);
                var answer = new JsonObject { ["statusCode"] = 200, ["body"] = JsonNode.Parse(payload)!["rawPath"]!.GetValue<string>() };
                using var accepted = await loop.RespondAsync(requestId, answer.ToJsonString(), Cancelled);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return served;
            }
        }
    }
}
