using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using NotifyQuery.Tests.Distributed;
using static NotifyQuery.Tests.Handler.GuardedQueries;

namespace NotifyQuery.Tests.Handler;

/// <summary>What becomes of a token that is wrong or cannot be checked; nothing of it is logged.</summary>
public sealed class TokenRefusalTests
{
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
}
