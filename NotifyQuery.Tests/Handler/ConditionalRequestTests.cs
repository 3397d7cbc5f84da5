namespace NotifyQuery.Tests.Handler;

public sealed class ConditionalRequestTests
{
    private const string Target = "/query/user?user_id=alice&limit=2";

    [Fact]
    public async Task An_answer_that_is_still_the_same_is_not_sent_again()
    {
        using var handler = HandlerServer.Open();
        var first = await handler.GetAsync(Target);
        var tag = first.Header("etag")!;
        Assert.Equal(200, first.Status);
        Assert.Matches("^\"[0-9a-f]{32}\"$", tag);

        foreach (var method in (string[])["GET", "HEAD"])
        {
            foreach (
                var header in (string[])
                    [$"If-None-Match: {tag}", $"If-None-Match: W/{tag}", $"If-None-Match: \"other\", {tag}", "If-None-Match: *"]
            )
            {
                var again = await handler.SendAsync(method, Target, header);
                Assert.Equal(
                    (304, "", tag, "private, no-cache"),
                    (again.Status, again.Body, again.Header("etag"), again.Header("cache-control"))
                );
            }
        }
    }

    [Theory]
    [InlineData("If-None-Match: \"other\"")]
    [InlineData("If-None-Match: \"")]
    [InlineData("If-None-Match: nonsense")]
    [InlineData("If-None-Match: Zo\u00c3\u00ab")]
    [InlineData("If-None-Match:")]
    [InlineData("If-Modified-Since: Wed, 25 Nov 2026 00:00:00 GMT")]
    [InlineData("Range: bytes=0-1")]
    public async Task Whatever_else_is_asked_the_whole_answer_comes(string header)
    {
        using var handler = HandlerServer.Open();

        var answer = await handler.GetAsync(Target, header);

        Assert.Equal(200, answer.Status);
        Assert.Equal((await handler.GetAsync(Target)).Body, answer.Body);
    }

    [Fact]
    public async Task A_condition_that_fails_is_said_to_have_failed()
    {
        using var handler = HandlerServer.Open();

        var answer = await handler.GetAsync(Target, "If-Match: \"other\"");

        Assert.Equal(
            (412, "application/problem+json", "no-store"),
            (answer.Status, answer.Header("content-type"), answer.Header("cache-control"))
        );
    }

    [Fact]
    public async Task Another_content_has_another_tag_and_the_same_content_the_same_one_everywhere()
    {
        using var handler = HandlerServer.Open();
        using var other = HandlerServer.Open();

        Assert.Equal(
            (await handler.GetAsync(Target)).Header("etag"),
            (await other.GetAsync("/query/user?limit=2&user_id=alice")).Header("etag")
        );
        Assert.NotEqual(
            (await handler.GetAsync(Target)).Header("etag"),
            (await handler.GetAsync("/query/user?user_id=alice&limit=3")).Header("etag")
        );
    }

    [Fact]
    public async Task What_two_callers_are_shown_differently_has_different_tags_and_caches_are_told()
    {
        using var handler = HandlerServer.Guarded();
        const string target = "/query/campaign?campaign_id=spring-sale";

        var some = await handler.GetAsync(target, Tokens.Header("desk", "support"));
        var all = await handler.GetAsync(target, Tokens.Header("desk", "support", "body"));

        Assert.NotEqual(some.Header("etag"), all.Header("etag"));
        Assert.Equal("Authorization", all.Header("vary"));
        Assert.Equal(
            200,
            (await handler.GetAsync(target, Tokens.Header("desk", "support"), $"If-None-Match: {all.Header("etag")}")).Status
        );
    }

    [Theory]
    [InlineData("/query/user?user_id=alice", 200, "private, no-cache")]
    [InlineData("/query/user", 400, "no-store")]
    [InlineData("/query/transaction?transaction_id=nobody-knows-it", 404, "no-store")]
    [InlineData("/nothing", 404, "no-store")]
    [InlineData("/query/user?user_id=Unavailable", 503, "no-store")]
    [InlineData("/query/user?user_id=Timeout", 504, "no-store")]
    [InlineData("/query/user?user_id=InvalidAnswer", 502, "no-store")]
    public async Task No_shared_cache_keeps_an_answer_and_no_cache_keeps_an_error(string target, int status, string cacheControl)
    {
        using var handler = HandlerServer.Open();

        var answer = await handler.GetAsync(target);

        Assert.Equal((status, cacheControl), (answer.Status, answer.Header("cache-control")));
        Assert.Null(answer.Header("pragma"));
        Assert.Equal(status == 200, answer.Header("etag") is not null);
    }
}
