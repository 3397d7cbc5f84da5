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

        await function.HandleAsync(new() { RawPath = path, RawQueryString = query!, RequestContext = new() { Http = new() { Method = "GET" } } }, null!);

        Assert.Equal(expected, handler.Address);
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
