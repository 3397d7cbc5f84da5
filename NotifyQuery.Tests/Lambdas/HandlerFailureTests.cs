using System.Net;
using System.Text.Json;
using Amazon.Lambda.APIGatewayEvents;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.Lambdas.Query;

namespace NotifyQuery.Tests.Lambdas;

/// <summary>What a caller at the gateway is told when the Handler gives no answer.</summary>
public sealed class HandlerFailureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<HttpRequestError> Errors => [.. Enum.GetValues<HttpRequestError>()];

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task A_Handler_that_is_not_reached_is_503_with_when_to_ask_again_and_one_that_answers_nonsense_is_502(
        HttpRequestError error
    )
    {
        var unreachable = error is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError;

        var answer = await AskAsync((_, _) => throw new HttpRequestException(error, "made by a test"));

        Assert.Equal(unreachable ? 503 : 502, answer.StatusCode);
        Assert.Equal(unreachable ? "1" : null, answer.Headers.TryGetValue("retry-after", out var seconds) ? seconds : null);
        AssertProblem(answer, unreachable ? "Service Unavailable" : "Bad Gateway");
    }

    [Fact]
    public async Task A_name_that_no_resolver_knows_is_503()
    {
        using var client = new HttpClient { BaseAddress = new("http://handler.invalid:81") };

        var answer = await new QueryFunction(client, NullLogger<QueryFunction>.Instance)
            .HandleAsync(Request, null!)
            .WaitAsync(TimeSpan.FromSeconds(30), Token);

        Assert.Equal((503, "1"), (answer.StatusCode, answer.Headers["retry-after"]));
    }

    [Fact]
    public async Task A_Handler_that_is_too_slow_is_504()
    {
        var answer = await AskAsync(
            async (_, token) =>
            {
                await Task.Delay(Timeout.Infinite, token);
                return new();
            },
            TimeSpan.FromMilliseconds(50)
        );

        Assert.Equal((504, false), (answer.StatusCode, answer.Headers.ContainsKey("retry-after")));
        AssertProblem(answer, "Gateway Timeout");
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_502()
    {
        var answer = await AskAsync(
            (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new BrokenOff()) })
        );

        Assert.Equal(502, answer.StatusCode);
    }

    [Fact]
    public async Task What_is_no_failure_of_the_Handler_is_thrown()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync((_, _) => throw new InvalidOperationException("a bug")));
        await Assert.ThrowsAsync<TaskCanceledException>(() => AskAsync((_, _) => throw new TaskCanceledException("nobody asked for that")));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(404)]
    [InlineData(503)]
    public async Task The_Handlers_own_answer_is_handed_on_as_it_is(int status)
    {
        var answer = await AskAsync(
            (_, _) =>
            {
                var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent("""{"text":"Zoë"}""") };
                response.Headers.TryAddWithoutValidation("Retry-After", "7");
                response.Headers.TryAddWithoutValidation("Set-Cookie", "never=handed-on");
                return Task.FromResult(response);
            }
        );

        Assert.Equal(
            (status, """{"text":"Zoë"}""", false, "7"),
            (answer.StatusCode, answer.Body, answer.IsBase64Encoded, answer.Headers["retry-after"])
        );
        Assert.Equal(["Content-Type", "retry-after"], answer.Headers.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_handed_on_in_Base64()
    {
        var answer = await AskAsync(
            (_, _) => Task.FromResult(new HttpResponseMessage { Content = new ByteArrayContent([0x89, 0x50, 0xFF]) })
        );

        Assert.Equal((true, "iVD/"), (answer.IsBase64Encoded, answer.Body));
    }

    [Theory]
    [InlineData("GET", "GET")]
    [InlineData("HEAD", "GET")] // the gateway leaves the body out, and needs it to say how long it is
    [InlineData("CONNECT", "TRACE")]
    [InlineData("OPTIONS", "OPTIONS")]
    [InlineData("DELETE", "DELETE")]
    public async Task The_Handler_is_asked_with_the_callers_method_and_the_headers_that_concern_it(string method, string expected)
    {
        var request = Request;
        request.RequestContext.Http.Method = method;
        string[] handedOn =
        [
            "access-control-request-headers",
            "access-control-request-method",
            "authorization",
            "if-match",
            "if-none-match",
            "origin",
        ];
        request.Headers = ((string[])[.. handedOn, "cookie", "x-forwarded-for", "host"]).ToDictionary(name => name, name => $"\"{name}\"");
        HttpRequestMessage? sent = null;

        await AskAsync(
            (message, _) =>
            {
                sent = message;
                return Task.FromResult(new HttpResponseMessage());
            },
            request: request
        );

        Assert.Equal(expected, sent?.Method.Method);
        Assert.Equal(handedOn, sent!.Headers.NonValidated.Select(header => header.Key.ToLowerInvariant()).Order(StringComparer.Ordinal));
        Assert.All(sent.Headers.NonValidated, header => Assert.Equal($"\"{header.Key.ToLowerInvariant()}\"", header.Value.ToString()));
    }

    private static APIGatewayHttpApiV2ProxyRequest Request =>
        new()
        {
            RawPath = "/query/user",
            RawQueryString = "user_id=ann",
            RequestContext = new() { Http = new() { Method = "GET" } },
        };

    private static async Task<APIGatewayHttpApiV2ProxyResponse> AskAsync(
        Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> handle,
        TimeSpan? timeout = null,
        APIGatewayHttpApiV2ProxyRequest? request = null
    )
    {
        using var handler = new ScriptedHandler(handle);
        using var client = new HttpClient(handler)
        {
            BaseAddress = new("http://handler:81"),
            Timeout = timeout ?? TimeSpan.FromSeconds(100),
        };
        return await new QueryFunction(client, NullLogger<QueryFunction>.Instance)
            .HandleAsync(request ?? Request, null!)
            .WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    private static void AssertProblem(APIGatewayHttpApiV2ProxyResponse answer, string title)
    {
        var problem = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal("application/problem+json", answer.Headers["Content-Type"]);
        Assert.Equal((title, answer.StatusCode), (problem.GetProperty("title").GetString(), problem.GetProperty("status").GetInt32()));
        Assert.DoesNotContain("made by a test", answer.Body, StringComparison.Ordinal);
    }

    private sealed class ScriptedHandler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> handle) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            handle(request, cancellationToken);
    }

    /// <summary>A body whose end never comes, because the connection is gone.</summary>
    private sealed class BrokenOff : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new HttpIOException(HttpRequestError.ResponseEnded, "made by a test");

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) =>
            throw new HttpIOException(HttpRequestError.ResponseEnded, "made by a test");
    }
}
