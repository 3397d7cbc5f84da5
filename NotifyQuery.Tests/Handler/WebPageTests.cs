using NotifyQuery.Tests.Distributed;

namespace NotifyQuery.Tests.Handler;

/// <summary>What a web page of somebody else can make of a Handler.</summary>
public sealed class WebPageTests
{
    private const string Target = "/query/user?user_id=alice";

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("127.0.0.1:8000", 200)]
    [InlineData("[::1]:8000", 200)]
    [InlineData("evil.example.com", 400)] // a page whose name was made to lead here
    [InlineData("localhost.evil.example.com", 400)]
    [InlineData("10.0.0.1", 400)]
    public async Task In_development_a_Handler_is_asked_under_the_names_of_this_machine_only(string host, int status)
    {
        using var handler = new HandlerServer("Development");

        var answer = await RawHttp.SendAsync(handler.Address, new("GET", Target) { Host = host }, TestContext.Current.CancellationToken);

        Assert.Equal(status, answer.Status);
        if (status == 400)
            Assert.DoesNotContain("alice", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_cluster_its_name_is_the_clusters_business()
    {
        using var handler = HandlerServer.Open();

        Assert.Equal(
            200,
            (
                await RawHttp.SendAsync(
                    handler.Address,
                    new("GET", Target) { Host = "handler.notifyquery.svc" },
                    TestContext.Current.CancellationToken
                )
            ).Status
        );
    }

    [Theory]
    [InlineData(Target)]
    [InlineData("/query/user")]
    [InlineData("/nothing")]
    [InlineData("/health")]
    [InlineData("/openapi/v1.json")]
    public async Task What_is_no_page_runs_nothing_is_not_framed_and_is_not_taken_for_another_type(string target)
    {
        using var handler = HandlerServer.Open();

        var answer = await handler.GetAsync(target);

        Assert.Equal("default-src 'none'; frame-ancestors 'none'", answer.Header("content-security-policy"));
        Assert.Equal(
            ("nosniff", "DENY", "no-referrer"),
            (answer.Header("x-content-type-options"), answer.Header("x-frame-options"), answer.Header("referrer-policy"))
        );
    }

    [Theory]
    [InlineData("/docs/index.html")]
    [InlineData("/docs/swagger-ui-bundle.js")]
    public async Task The_page_runs_its_own_scripts_only_and_is_not_framed(string target)
    {
        using var handler = HandlerServer.Open();

        var answer = await handler.GetAsync(target);

        Assert.Equal(200, answer.Status);
        var policy = answer.Header("content-security-policy")!.Split("; ");
        Assert.Contains("default-src 'none'", policy);
        Assert.Contains("script-src 'self'", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.Equal("nosniff", answer.Header("x-content-type-options"));
        // What the policy would forbid is not there to be run.
        if (target.EndsWith(".html", StringComparison.Ordinal))
            Assert.DoesNotMatch("<script(?![^>]*src=)[^>]*>", answer.Body);
    }
}
