using System.Net;
using System.Text;
using Amazon.Lambda.APIGatewayEvents;
using Amazon.Lambda.Serialization.SystemTextJson;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.Lambdas;
using NotifyQuery.Lambdas.Query;

namespace NotifyQuery.Tests.Lambdas;

/// <summary>Events as HTTP APIs send them, with stages and custom domains, and events that are none of theirs.</summary>
public sealed class GatewayEventTests
{
    [Theory]
    //          rawPath, stage, proxy, what the Handler is asked for
    [InlineData("/query/user", "$default", "query/user", "/query/user")]
    [InlineData("/prod/query/user", "prod", "query/user", "/query/user")]
    [InlineData("/prod/query/user/", "prod", "query/user", "/query/user/")] // a slash at the end may be left out of the variable
    [InlineData("/prod/query/user/", "prod", "query/user/", "/query/user/")]
    [InlineData("/v1/query/user", "prod", "query/user", "/query/user")] // a custom domain: the mapping key instead of the stage
    [InlineData("/teams/notify/v1/query/user", "$default", "query/user", "/query/user")]
    [InlineData("/query/user", "prod", "query/user", "/query/user")] // a custom domain without a key
    [InlineData("/query/query/user", "query", "query/user", "/query/user")] // a stage of the same name
    [InlineData("/query/user", "query", "query/user", "/query/user")]
    [InlineData("/prod/prod/x", "prod", "prod/x", "/prod/x")]
    [InlineData("/prod/a%2Fb", "prod", "a/b", "/a%252Fb")] // encoded, the variable is another text
    [InlineData("/prod", "prod", null, "/")] // the root has no variable
    [InlineData("/prod/", "prod", null, "/")]
    [InlineData("/", "$default", null, "/")]
    [InlineData("/production/query/user", "prod", null, "/production/query/user")]
    public async Task The_Handler_is_asked_without_the_stage_or_the_mapping_key(
        string rawPath,
        string stage,
        string? proxy,
        string expected
    )
    {
        using var handler = new Recording();
        using var client = new HttpClient(handler) { BaseAddress = new("http://handler:81") };

        var answer = await new QueryFunction(client, NullLogger<QueryFunction>.Instance).HandleAsync(Request(rawPath, stage, proxy), null!);

        Assert.Equal((200, $"http://handler:81{expected}"), (answer.StatusCode, handler.Address));
    }

    [Theory]
    [InlineData("/prod/docs", "prod", "docs", "/docs/index.html", "/prod/docs/index.html")]
    [InlineData("/docs", "$default", "docs", "/docs/index.html", "/docs/index.html")]
    [InlineData("/prod/docs", "prod", "docs", "docs/index.html", "docs/index.html")] // relative to the caller's own address
    [InlineData("/prod/docs", "prod", "docs", "https://elsewhere.example.com/", "https://elsewhere.example.com/")]
    [InlineData("/prod/docs", "prod", "docs", "//elsewhere.example.com/", "//elsewhere.example.com/")]
    public async Task A_redirection_leads_to_where_the_caller_sees_the_Handler(
        string rawPath,
        string stage,
        string proxy,
        string location,
        string expected
    )
    {
        using var handler = new Recording(location);
        using var client = new HttpClient(handler) { BaseAddress = new("http://handler:81") };

        var answer = await new QueryFunction(client, NullLogger<QueryFunction>.Instance).HandleAsync(Request(rawPath, stage, proxy), null!);

        Assert.Equal(expected, answer.Headers["location"]);
    }

    [Theory]
    [InlineData("null", "it is null")]
    [InlineData("{}", "it has no requestContext")]
    [InlineData("""{"warmer":true}""", "it has no requestContext")]
    [InlineData("""{"source":"serverless-plugin-warmup"}""", "it has no requestContext")]
    [InlineData(
        """{"version":"0","id":"1","detail-type":"Scheduled Event","source":"aws.events","time":"2026-11-29T12:00:00Z","detail":{}}""",
        "its version is '0'"
    )]
    [InlineData(
        """{"resource":"/{proxy+}","path":"/query/user","httpMethod":"GET","headers":{},"requestContext":"""
            + """{"stage":"prod","httpMethod":"GET","path":"/prod/query/user"}}""",
        "it has no requestContext.http.method"
    )]
    [InlineData(
        """{"version":"1.0","resource":"/{proxy+}","path":"/query/user","httpMethod":"GET","requestContext":{"http":null}}""",
        "its version is '1.0'"
    )]
    [InlineData(
        """{"requestContext":{"elb":{"targetGroupArn":"arn"}},"httpMethod":"GET","path":"/","headers":{}}""",
        "it has no requestContext.http.method"
    )]
    [InlineData("""{"requestContext":{"routeKey":"$connect","eventType":"CONNECT"}}""", "it has no requestContext.http.method")]
    [InlineData("""{"Records":[{"eventSource":"aws:dynamodb"}]}""", "it has no requestContext")]
    [InlineData("""{"version":"2.0","rawPath":"/","requestContext":{"http":{}}}""", "it has no requestContext.http.method")]
    public async Task What_is_no_request_of_an_HTTP_API_is_refused_with_what_was_expected(string json, string problem)
    {
        using var payload = new MemoryStream(Encoding.UTF8.GetBytes(json));
        var request = new SourceGeneratorLambdaJsonSerializer<LambdaJson>().Deserialize<APIGatewayHttpApiV2ProxyRequest>(payload);
        using var client = new HttpClient(new Recording()) { BaseAddress = new("http://handler:81") };

        var exception = await Assert.ThrowsAsync<ForeignEventException>(() =>
            new QueryFunction(client, NullLogger<QueryFunction>.Instance).HandleAsync(request, null!)
        );

        Assert.Contains(
            $"not a request of an API Gateway HTTP API in payload format 2.0: {problem}.",
            exception.Message,
            StringComparison.Ordinal
        );
    }

    private static APIGatewayHttpApiV2ProxyRequest Request(string rawPath, string stage, string? proxy) =>
        new()
        {
            Version = "2.0",
            RouteKey = proxy is null ? "ANY /" : "ANY /{proxy+}",
            RawPath = rawPath,
            RawQueryString = "",
            Headers = new Dictionary<string, string>(),
            PathParameters = proxy is null ? null! : new Dictionary<string, string> { ["proxy"] = proxy },
            RequestContext = new()
            {
                Stage = stage,
                Http = new() { Method = "GET", Path = rawPath },
            },
        };

    private sealed class Recording(string? location = null) : HttpMessageHandler
    {
        public string? Address { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Address = request.RequestUri!.AbsoluteUri;
            var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("") };
            if (location is not null)
                response.Headers.TryAddWithoutValidation("Location", location);
            return Task.FromResult(response);
        }
    }
}
