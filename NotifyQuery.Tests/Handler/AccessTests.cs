using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using NotifyQuery.Tests.Distributed;

namespace NotifyQuery.Tests.Handler;

public sealed class AccessTests
{
    private const string ByUser = "/query/user?user_id=alice";
    private const string ByTransaction = "/query/transaction?transaction_id=tx-bob";
    private const string ByCampaign = "/query/campaign?campaign_id=spring-sale";
    private const string ByStatus = "/query/status?status=FAILED&from=2026-11-22&to=2026-11-23";

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
    public async Task A_user_is_not_told_that_there_is_none_while_pages_of_others_come_before()
    {
        using var handler = new HandlerServer(reader: new ManyBeforeOne(), settings: [.. Tokens.Settings]);

        var first = await handler.GetAsync(ByTransaction, Tokens.Header("alice", ["user"]));
        using var page = JsonDocument.Parse(first.Body);
        var second = await handler.GetAsync(
            $"{ByTransaction}&cursor={page.RootElement.GetProperty("next_cursor").GetString()}",
            Tokens.Header("alice", ["user"])
        );
        var nobody = await handler.GetAsync(ByTransaction, Tokens.Header("carol", ["user"]));

        Assert.Equal((200, 0), (first.Status, page.RootElement.GetProperty("count").GetInt32()));
        Assert.Equal("alice", Assert.Single(ItemsOf(second)).GetProperty("user_id").GetString());
        Assert.Equal(200, nobody.Status); // only the last page can say so
    }

    /// <summary>A transaction's id that was used for a hundred notifications of bob, and for one of alice.</summary>
    private sealed class ManyBeforeOne : INotificationReader
    {
        public Task<NotificationPage> ReadAsync(NotificationQuery query, CancellationToken cancellationToken) =>
            Task.FromResult(
                query.After is null
                    ? new NotificationPage(
                        [.. Enumerable.Range(0, 100).Select(i => Of("bob", i))],
                        new("bob", "2026-11-22T08:15:30.099Z#tx-bob")
                    )
                    : new NotificationPage([Of("alice", 100)])
            );

        private static Notification Of(string user, int millisecond) =>
            new()
            {
                TransactionId = "tx-bob",
                UserId = user,
                CreatedAt = $"2026-11-22T08:15:30.{millisecond:D3}Z",
            };
    }

    [Theory]
    [InlineData("desk-1", "support", false)]
    [InlineData("desk-1", "support body", true)]
    [InlineData("owner-1", "campaign", false)]
    [InlineData("owner-1", "campaign body", true)]
    public async Task Others_bodies_are_shown_with_the_scope_body_only(string subject, string scopes, bool shown)
    {
        using var handler = HandlerServer.Guarded();

        var answer = await handler.GetAsync(ByCampaign, $"Authorization: Bearer {Tokens.Create(subject, scopes)}");

        Assert.All(ItemsOf(answer), item => Assert.Equal(shown, item.TryGetProperty("body", out _)));
        Assert.All(ItemsOf(answer), item => Assert.Equal("Spring sale", item.GetProperty("title").GetString()));
    }

    [Fact]
    public async Task While_the_identity_provider_is_not_reached_a_token_is_not_refused_but_put_off()
    {
        using var key = RSA.Create(2048);
        await using var provider = new IdentityProvider(key);
        using var handler = HandlerServer.Trusting(provider.Address);
        var good = $"Authorization: Bearer {provider.Issue("support")}";

        var away = await handler.GetAsync(ByCampaign, good);
        var (garbage, none) = (await handler.GetAsync(ByCampaign, "Authorization: Bearer garbage"), await handler.GetAsync(ByCampaign));

        Assert.Equal(503, away.Status);
        // what is left of the time for which the failure is remembered
        Assert.InRange(int.Parse(away.Header("retry-after")!, CultureInfo.InvariantCulture), 1, 5);
        Assert.Equal(
            "Tokens cannot be checked at the moment. Retry with the same token after the number of seconds in the Retry-After header.",
            JsonDocument.Parse(away.Body).RootElement.GetProperty("detail").GetString()
        );
        Assert.Equal((401, 401), (garbage.Status, none.Status));
        Assert.DoesNotContain(handler.Log, line => line.Contains(good.Split('.')[^1], StringComparison.Ordinal));

        await provider.StartAsync();
        await RunningSystem.EventuallyAsync(
            "the provider's keys are found",
            async () => (await handler.GetAsync(ByCampaign, good)).Status == 200
        );
        using var another = RSA.Create(2048);
        await using var impostor = new IdentityProvider(another, provider.Address);
        Assert.Equal(401, (await handler.GetAsync(ByCampaign, $"Authorization: Bearer {impostor.Issue("support")}")).Status);
    }

    [Fact]
    public async Task An_identity_provider_that_says_nothing_is_waited_for_as_long_as_set_and_not_by_each_request()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var key = RSA.Create(2048);
        await using var provider = new IdentityProvider(key, new($"http://{silent.LocalEndpoint}"));
        using var handler = HandlerServer.Trusting(provider.Address, ("Authentication:Schemes:Bearer:BackchannelTimeout", "00:00:00.2"));

        var answer = await handler.GetAsync(ByCampaign, $"Authorization: Bearer {provider.Issue("support")}");

        Assert.Equal(503, answer.Status);
        var asked = 0;
        for (; silent.Pending(); asked++)
            (await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken)).Dispose();
        Assert.InRange(asked, 0, 2); // none, on a machine so busy that the time was over before the connection was begun
    }

    [Fact]
    public async Task A_users_own_bodies_are_shown_to_him_wherever_he_finds_them()
    {
        using var handler = HandlerServer.Guarded();

        Assert.All(
            ItemsOf(await handler.GetAsync(ByUser, Tokens.Header("alice", "user"))),
            item => Assert.Equal(KnownNotifications.Body, item.GetProperty("body").GetString())
        );
        Assert.All(
            ItemsOf(await handler.GetAsync(ByCampaign, Tokens.Header("alice", "user", "campaign"))),
            item => Assert.Equal(item.GetProperty("user_id").GetString() == "alice", item.TryGetProperty("body", out _))
        );
    }

    [Fact]
    public async Task Of_a_transaction_of_several_users_each_sees_his_own_part()
    {
        using var handler = HandlerServer.Guarded();

        var item = Assert.Single(
            ItemsOf(await handler.GetAsync("/query/transaction?transaction_id=tx-shared", Tokens.Header("bob", "user")))
        );

        Assert.Equal("bob", item.GetProperty("user_id").GetString());
    }

    [Fact]
    public async Task Anothers_transaction_is_answered_like_an_unknown_one()
    {
        using var handler = HandlerServer.Guarded();

        var another = await handler.GetAsync(ByTransaction, Tokens.Header("alice", "user"));
        var unknown = await handler.GetAsync("/query/transaction?transaction_id=nobody-knows-it", Tokens.Header("alice", "user"));

        Assert.Equal((404, Without("traceId", unknown.Body)), (another.Status, Without("traceId", another.Body)));
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
    public async Task A_token_that_is_none_is_answered_by_401_and_says_why()
    {
        using var handler = HandlerServer.Guarded();
        foreach (var (wrong, authorization) in Tokens.Bad())
        {
            foreach (var target in (string[])[ByUser, "/query/user?limit=x"]) // before the parameters are looked at
            {
                var answer = await handler.GetAsync(target, authorization);

                Assert.True(answer.Status == 401, $"{wrong}: {answer.Status}");
                Assert.StartsWith("Bearer", answer.Header("www-authenticate"), StringComparison.Ordinal);
                Assert.Equal("application/problem+json", answer.Header("content-type"));
                Assert.Equal("no-store", answer.Header("cache-control"));
                Assert.Contains("Send a valid token", answer.Body, StringComparison.Ordinal);
            }
        }

        Assert.Contains(
            "error=\"invalid_token\"",
            (await handler.GetAsync(ByUser, "Authorization: Bearer a.b.c")).Header("www-authenticate"),
            StringComparison.Ordinal
        );
        Assert.Equal("Bearer", (await handler.GetAsync(ByUser)).Header("www-authenticate"));
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

    [Fact]
    public async Task Nothing_of_a_token_a_body_or_a_URL_is_logged()
    {
        using var handler = HandlerServer.Guarded();
        await handler.GetAsync("/query/user?user_id=the-person", Tokens.Header("the-person", "user"));
        await handler.GetAsync("/query/user?user_id=alice", Tokens.Header("alice", "user"));
        await handler.GetAsync("/query/user?user_id=the-person&limit=x", Tokens.Header("desk", "support"));
        await handler.GetAsync("/query/user/the-person?the-person=1", Tokens.Header("desk", "support"));
        await handler.GetAsync("/query/user?user_id=Unavailable", Tokens.Header("desk", "support"));
        var bad = Tokens.Bad().Select(token => token.Authorization).ToList();
        foreach (var authorization in bad)
            await handler.GetAsync(ByUser, authorization);

        var lines = handler.Log.ToList();
        Assert.Contains(lines, line => line.Contains("No page could be read", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("the-person", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains(KnownNotifications.Body, StringComparison.Ordinal));
        foreach (var token in bad.Select(authorization => authorization.Split(' ')[^1]).Where(token => token.Length > 20))
            Assert.DoesNotContain(lines, line => line.Contains(token, StringComparison.Ordinal));
    }

    private static JsonElement[] ItemsOf(RawAnswer answer)
    {
        Assert.True(answer.Status == StatusCodes.Status200OK, answer.Body);
        var items = JsonDocument.Parse(answer.Body).RootElement.GetProperty("items").EnumerateArray().ToArray();
        Assert.NotEmpty(items);
        return items;
    }

    private static string Without(string name, string json) =>
        string.Join(
            '\n',
            JsonDocument.Parse(json).RootElement.EnumerateObject().Where(member => member.Name != name).Select(member => member.ToString())
        );
}
