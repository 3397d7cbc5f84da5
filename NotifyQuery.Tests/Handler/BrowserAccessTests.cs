using NotifyQuery.Tests.Distributed;

namespace NotifyQuery.Tests.Handler;

public sealed class BrowserAccessTests
{
    private const string Allowed = "https://app.example.com";
    private const string Target = "/query/user?user_id=alice";

    [Fact]
    public async Task Without_the_setting_no_other_origin_is_told_anything()
    {
        using var handler = HandlerServer.Open();

        Assert.Equal(405, (await PreflightAsync(handler, Allowed)).Status);
        Assert.DoesNotContain(
            (await handler.GetAsync(Target, $"Origin: {Allowed}")).Headers.Keys,
            name => name.StartsWith("access-control-", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task An_origin_that_is_named_may_ask_with_a_token_and_read_the_answer()
    {
        using var handler = HandlerServer.Guarded(("Cors:Origins", $"https://other.example.com, {Allowed}"), ("Cors:MaxAgeSeconds", "60"));

        var preflight = await PreflightAsync(handler, Allowed); // browsers send no token with it
        Assert.Equal(
            (204, Allowed, "GET,HEAD", "60"),
            (
                preflight.Status,
                preflight.Header("access-control-allow-origin"),
                preflight.Header("access-control-allow-methods"),
                preflight.Header("access-control-max-age")
            )
        );
        Assert.Contains("Authorization", preflight.Header("access-control-allow-headers"), StringComparison.Ordinal);

        var answer = await handler.GetAsync(Target, $"Origin: {Allowed}", Tokens.Header("alice", "user"));
        Assert.Equal((200, Allowed), (answer.Status, answer.Header("access-control-allow-origin")));
        Assert.Contains("ETag", answer.Header("access-control-expose-headers"), StringComparison.Ordinal);
        Assert.Contains("Origin", answer.Header("vary"), StringComparison.Ordinal);
        Assert.Contains("Authorization", answer.Header("vary"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/query/user")]
    [InlineData("/query/user?user_id=Unavailable")]
    [InlineData("/query/nothing")]
    public async Task A_page_may_read_what_went_wrong_too(string target)
    {
        using var handler = HandlerServer.Open(("Cors:Origins", Allowed));

        Assert.Equal(Allowed, (await handler.GetAsync(target, $"Origin: {Allowed}")).Header("access-control-allow-origin"));
    }

    [Theory]
    [InlineData("https://evil.example.com")]
    [InlineData("http://app.example.com")]
    [InlineData("https://app.example.com:8443")]
    [InlineData("null")]
    [InlineData("nonsense")]
    public async Task Another_origin_is_answered_and_told_nothing(string origin)
    {
        using var handler = HandlerServer.Open(("Cors:Origins", Allowed));

        Assert.Null((await PreflightAsync(handler, origin)).Header("access-control-allow-origin"));
        Assert.Null((await handler.GetAsync(Target, $"Origin: {origin}")).Header("access-control-allow-origin"));
    }

    [Fact]
    public async Task A_star_allows_every_origin()
    {
        using var handler = HandlerServer.Open(("Cors:Origins", "*"));

        Assert.Equal("*", (await handler.GetAsync(Target, "Origin: https://anybody.example.com")).Header("access-control-allow-origin"));
    }

    [Theory]
    [InlineData("Cors:Origins", "app.example.com", "not an origin")]
    [InlineData("Cors:Origins", "https://app.example.com/", "not an origin")]
    [InlineData("Cors:Origins", "https://app.example.com/page", "not an origin")]
    [InlineData("Cors:Origins", "https://app.example.com https://b.example.com", "not an origin")]
    [InlineData("Cors:Origins", "https://app.example.com:443", "not an origin")]
    [InlineData("Cors:Origins", "https://App.example.com", "not an origin")]
    [InlineData("Cors:Origins", "https://*.example.com", "not an origin")]
    [InlineData("Cors:Origins", "ftp://app.example.com", "not an origin")]
    [InlineData("Cors:Origins", "https://user@app.example.com", "not an origin")]
    [InlineData("Cors:Origins", "*, https://app.example.com", "use * alone")]
    [InlineData("Cors:MaxAgeSeconds", "soon", "from 0 to 86400")]
    [InlineData("Cors:MaxAgeSeconds", "-1", "from 0 to 86400")]
    [InlineData("Cors:MaxAgeSeconds", "86401", "from 0 to 86400")]
    public void A_setting_that_makes_no_sense_keeps_the_Handler_from_starting_and_is_named(string key, string value, string cure)
    {
        var exception = Assert.Throws<InvalidOperationException>(() => HandlerServer.Open((key, value)));

        Assert.Contains(key, exception.Message, StringComparison.Ordinal);
        Assert.Contains(cure, exception.Message, StringComparison.Ordinal);
    }

    private static Task<RawAnswer> PreflightAsync(HandlerServer handler, string origin) =>
        handler.SendAsync(
            "OPTIONS",
            Target,
            $"Origin: {origin}",
            "Access-Control-Request-Method: GET",
            "Access-Control-Request-Headers: authorization"
        );
}
