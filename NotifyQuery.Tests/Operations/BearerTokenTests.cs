using NotifyQuery.Operations.Api;

namespace NotifyQuery.Tests.Operations;

public sealed class BearerTokenTests
{
    [Theory]
    [InlineData("https://api.example.com/query/user")]
    [InlineData("http://127.0.0.1:8080/query/user")]
    [InlineData("http://localhost:8080/query/user")]
    [InlineData("http://[::1]:8080/query/user")]
    public void A_token_goes_over_TLS_or_to_this_machine(string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);

        request.Authorize("token");

        Assert.Equal("Bearer token", request.Headers.Authorization?.ToString());
    }

    [Theory]
    [InlineData("http://api.example.com/query/user")]
    [InlineData("http://10.0.0.7:8000/query/user")]
    [InlineData("http://localhost.example.com/")]
    public void A_token_is_not_sent_in_clear_text_to_another_machine(string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);

        var exception = Assert.Throws<UnprotectedTokenException>(() => request.Authorize("secret-token"));

        Assert.Null(request.Headers.Authorization);
        Assert.Contains("Use https", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-token", exception.Message, StringComparison.Ordinal);
        request.Authorize(null); // without one there is nothing to protect
    }
}
