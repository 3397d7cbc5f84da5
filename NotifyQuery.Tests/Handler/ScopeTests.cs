using System.Text.Json;
using static NotifyQuery.Tests.Handler.GuardedQueries;

namespace NotifyQuery.Tests.Handler;

/// <summary>Which scope opens which query, and what needs none.</summary>
public sealed class ScopeTests
{
    [Fact]
    public async Task Each_scope_opens_what_the_table_says()
    {
        using var handler = HandlerServer.Guarded();

        //          sub, scopes                          user  tx   campaign status
        await Expect("alice", ["user"], 200, 404, 403, 403);
        await Expect("bob", ["user"], 403, 200, 403, 403);
        await Expect(null, ["user"], 403, 403, 403, 403); // nobody's own
        await Expect("", ["user"], 403, 403, 403, 403);
        await Expect("desk-1", ["support"], 200, 200, 200, 200);
        await Expect(null, ["support"], 200, 200, 200, 200);
        await Expect("owner-1", ["campaign"], 403, 403, 200, 403);
        await Expect("alice", ["user", "campaign"], 200, 404, 200, 403);
        await Expect("alice", ["body"], 403, 403, 403, 403); // shows more, opens nothing
        await Expect("alice", ["Support", "admin"], 403, 403, 403, 403);
        await Expect("alice", [], 403, 403, 403, 403);

        async Task Expect(string? subject, string[] scopes, params int[] statuses)
        {
            var answers = new List<int>();
            foreach (var target in (string[])[ByUser, ByTransaction, ByCampaign, ByStatus])
                answers.Add((await handler.GetAsync(target, Tokens.Header(subject, scopes))).Status);
            Assert.True(
                statuses.SequenceEqual(answers),
                $"{subject} with {string.Join(' ', scopes)}: {string.Join(", ", answers)} instead of {string.Join(", ", statuses)}"
            );
        }
    }

    [Fact]
    public async Task Scopes_stand_in_one_claim_or_in_several()
    {
        using var handler = HandlerServer.Guarded();

        foreach (
            var scopes in (object[])
                ["campaign support", " support  campaign ", new[] { "campaign", "support" }, new[] { "campaign", "openid support" }]
        )
            Assert.Equal(200, (await handler.GetAsync(ByStatus, $"Authorization: Bearer {Tokens.Create("desk-1", scopes)}")).Status);
    }

    [Fact]
    public async Task A_scope_that_is_missing_is_named()
    {
        using var handler = HandlerServer.Guarded();

        var answer = await handler.GetAsync(ByStatus, Tokens.Header("alice", "user"));

        Assert.Equal(403, answer.Status);
        Assert.Equal("Bearer error=\"insufficient_scope\", scope=\"support\"", answer.Header("www-authenticate"));
        Assert.Equal("no-store", answer.Header("cache-control"));
        Assert.Equal(
            "This query needs one of the scopes support.",
            JsonDocument.Parse(answer.Body).RootElement.GetProperty("detail").GetString()
        );
    }

    [Fact]
    public async Task Bad_parameters_are_named_to_every_caller_who_may_query()
    {
        using var handler = HandlerServer.Guarded();

        Assert.Equal(400, (await handler.GetAsync("/query/user?user_id=bob&limit=x", Tokens.Header("alice", "user"))).Status);
        Assert.Equal(403, (await handler.GetAsync("/query/status?limit=x", Tokens.Header("alice", "user"))).Status);
    }

    [Theory]
    [InlineData("/health", 200)]
    [InlineData("/alive", 200)]
    [InlineData("/openapi/v1.json", 200)]
    [InlineData("/docs/index.html", 200)]
    [InlineData("/query/nothing", 404)]
    public async Task What_is_not_a_query_needs_no_token(string target, int status)
    {
        using var handler = HandlerServer.Guarded();

        Assert.Equal(status, (await handler.GetAsync(target)).Status);
        Assert.Equal(status, (await handler.GetAsync(target, "Authorization: Bearer a.b.c")).Status);
    }

    [Fact]
    public async Task Where_access_is_off_everything_is_shown_and_tokens_are_not_looked_at()
    {
        using var handler = new HandlerServer("Development");

        foreach (var header in (string[])["X-Nothing: here", "Authorization: Bearer a.b.c"])
            Assert.All(
                ItemsOf(await handler.GetAsync(ByStatus, header)),
                item => Assert.Equal(KnownNotifications.Body, item.GetProperty("body").GetString())
            );
    }
}
