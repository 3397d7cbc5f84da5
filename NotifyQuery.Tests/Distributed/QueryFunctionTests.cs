using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.Lambdas.Query;

namespace NotifyQuery.Tests.Distributed;

public sealed class QueryFunctionTests
{
    [Theory]
    [InlineData("/query/user", "user_id=%zz&x=..", "http://handler:81/query/user?user_id=%zz&x=..")]
    [InlineData("//example.com/query", "", "http://handler:81//example.com/query")]
    [InlineData("/a%2Fb c/Zoë", null, "http://handler:81/a%252Fb%20c/Zo%C3%AB")] // once decoded there, it is what came here
    [InlineData("/query/user", "a=\r\nX-Header: 1&b=é", "http://handler:81/query/user?a=%0D%0AX-Header:%201&b=%C3%A9")]
    public async Task A_request_goes_to_the_Handler_and_nowhere_else_as_it_came(string path, string? query, string expected)
    {
        using var handler = new RecordingHandler();
        using var client = new HttpClient(handler) { BaseAddress = new("http://handler:81") };
        var function = new QueryFunction(client, NullLogger<QueryFunction>.Instance);

        await function.HandleAsync(
            new()
            {
                RawPath = path,
                RawQueryString = query!,
                RequestContext = new() { Http = new() { Method = "GET" } },
            },
            null!
        );

        Assert.Equal(expected, handler.Address);
    }

    [Theory]
    [InlineData("@evil.example.com/query/user")] // behind the Handler's name: a password, and another host
    [InlineData(".evil.example.com/query/user")]
    [InlineData(":1234/query/user")]
    [InlineData("query/user")]
    [InlineData("")]
    [InlineData(null)]
    public async Task A_path_that_does_not_begin_with_a_slash_goes_nowhere(string? path)
    {
        using var handler = new RecordingHandler();
        using var client = new HttpClient(handler) { BaseAddress = new("http://handler:81") };
        var function = new QueryFunction(client, NullLogger<QueryFunction>.Instance);

        var answer = await function.HandleAsync(
            new()
            {
                RawPath = path!,
                RequestContext = new() { Http = new() { Method = "GET" } },
            },
            null!
        );

        Assert.Equal(
            (400, "application/problem+json", "nosniff"),
            (answer.StatusCode, answer.Headers["Content-Type"], answer.Headers["x-content-type-options"])
        );
        Assert.Null(handler.Address);
    }

    [Theory]
    [InlineData("localhost:8080", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("[::1]:8080", true)]
    [InlineData("[::1]", true)]
    [InlineData("evil.example.com", false)]
    [InlineData("evil.example.com:8080", false)]
    [InlineData("localhost.evil.example.com", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public async Task On_this_machine_the_gateway_is_asked_under_the_machines_own_names(string? host, bool allowed)
    {
        using var handler = new RecordingHandler();
        using var client = new HttpClient(handler) { BaseAddress = new("http://handler:81") };
        var function = new QueryFunction(client, NullLogger<QueryFunction>.Instance, new("localhost;127.0.0.1;[::1]"));
        var headers = host is null ? new Dictionary<string, string>() : new() { ["host"] = host };

        var answer = await function.HandleAsync(
            new()
            {
                RawPath = "/query/user",
                Headers = headers,
                RequestContext = new() { Http = new() { Method = "GET" } },
            },
            null!
        );

        Assert.Equal(allowed ? 200 : 400, answer.StatusCode);
        Assert.Equal(allowed, handler.Address is not null);
        Assert.True(new GatewayHosts(null).Allow(headers)); // on AWS the gateway has the name that AWS or its owner gave it
    }

    private sealed class RecordingHandler : HttpMessageHandler
    {
        public string? Address { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Address = request.RequestUri!.GetLeftPart(UriPartial.Authority) + request.RequestUri.PathAndQuery;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        }
    }
}
