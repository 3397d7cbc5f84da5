using System.Diagnostics.Metrics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using NotifyQuery.Tests.Distributed;

namespace NotifyQuery.Tests.Handler;

/// <summary>Scopes, subjects and issuers in combination: what one of them opens must not open what another one keeps closed.</summary>
public sealed class AccessCombinationTests
{
    private const string OfAlice = "/query/user?user_id=alice";
    private const string TransactionOfBob = "/query/transaction?transaction_id=tx-bob";
    private const string SharedTransaction = "/query/transaction?transaction_id=tx-shared";
    private const string Campaign = "/query/campaign?campaign_id=spring-sale";
    private const string Failed = "/query/status?status=FAILED&from=2026-11-22&to=2026-11-23";
    private const string Scheme = "Authentication:Schemes:Bearer";

    [Fact]
    public async Task A_scope_beside_user_does_not_open_what_is_anothers()
    {
        using var handler = HandlerServer.Guarded();
        foreach (
            var (subject, scopes, target, status) in ((string, string, string, int)[])
                [
                    ("bob", "user campaign", OfAlice, 403),
                    ("bob", "user body", OfAlice, 403),
                    ("bob", "campaign body user", OfAlice, 403),
                    ("bob", "user support", OfAlice, 200),
                    ("alice", "user body", TransactionOfBob, 404),
                    ("alice", "user campaign body", TransactionOfBob, 404),
                    ("alice", "user support", TransactionOfBob, 200),
                    ("alice", "campaign body", TransactionOfBob, 403),
                    ("alice", "user campaign body", Failed, 403),
                    ("alice", "user body", Campaign, 403),
                ]
        )
        {
            var answer = await handler.GetAsync(target, Tokens.Header(subject, scopes));

            Assert.True(status == answer.Status, $"{subject} with '{scopes}' asks {target}: {answer.Status} instead of {status}");
        }
    }

    [Theory]
    [InlineData("alice", "campaign", 0)] // owns nothing: only the scope user makes a subject somebody
    [InlineData("alice", "support", 0)]
    [InlineData("alice", "user campaign", 26)]
    [InlineData("bob", "user support", 2)]
    [InlineData("bob", "campaign body", 28)]
    public async Task Of_a_campaign_only_as_many_bodies_are_shown_as_the_scopes_allow(string subject, string scopes, int bodies)
    {
        using var handler = HandlerServer.Guarded();

        var answer = await handler.GetAsync(Campaign + "&limit=100", Tokens.Header(subject, scopes));

        Assert.Equal(200, answer.Status);
        var items = JsonDocument.Parse(answer.Body).RootElement.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(28, items.Count);
        Assert.Equal(bodies, items.Count(item => item.TryGetProperty("body", out _)));
    }

    [Fact]
    public async Task What_is_hidden_is_neither_counted_nor_measured()
    {
        var kinds = new List<(string? By, long Items)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "notifyquery.query.items")
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>(
            (_, items, tags, _) =>
            {
                lock (kinds)
                    kinds.Add((tags[0].Value as string, items));
            }
        );
        listener.Start();
        using var handler = new HandlerServer(reader: new SharedBy(137), settings: [.. Tokens.Settings]);

        var answer = await handler.GetAsync(SharedTransaction, Tokens.Header("bob", "user"));

        var page = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal((68, 68), (page.GetProperty("count").GetInt32(), page.GetProperty("items").GetArrayLength()));
        lock (kinds)
        {
            Assert.Contains(("transaction", 68), kinds);
            Assert.DoesNotContain(kinds, measured => measured.Items == 137); // a number that no other test has
        }
    }

    [Fact]
    public async Task The_last_page_of_a_transaction_may_be_empty_and_is_an_answer_all_the_same()
    {
        using var handler = new HandlerServer(reader: new SharedBy(2), settings: [.. Tokens.Settings]);
        const string target = "/query/transaction?transaction_id=paged";
        var first = await handler.GetAsync(target, Tokens.Header("desk", "support"));
        var cursor = JsonDocument.Parse(first.Body).RootElement.GetProperty("next_cursor").GetString();

        foreach (var authorization in (string[])[Tokens.Header("desk", "support"), Tokens.Header("bob", "user")])
        {
            var last = await handler.GetAsync($"{target}&cursor={cursor}", authorization);
            Assert.Equal((200, """{"items":[],"count":0,"next_cursor":null}"""), (last.Status, last.Body));
        }
    }

    [Fact]
    public async Task With_an_authority_and_an_issuer_a_token_is_put_off_while_the_provider_is_away_and_not_refused()
    {
        using var key = RSA.Create(2048);
        await using var provider = new IdentityProvider(key);
        using var handler = HandlerServer.Trusting(provider.Address, ($"{Scheme}:ValidIssuer", provider.Address.ToString()));
        var good = $"Authorization: Bearer {provider.Issue("support")}";

        var away = await handler.GetAsync(Campaign, good);
        Assert.Equal((503, "no-store"), (away.Status, away.Header("cache-control")));
        // what is left of the time for which the failure is remembered
        Assert.InRange(int.Parse(away.Header("retry-after")!, CultureInfo.InvariantCulture), 1, 5);

        await provider.StartAsync();
        await RunningSystem.EventuallyAsync(
            "the provider's keys are found",
            async () => (await handler.GetAsync(Campaign, good)).Status == 200
        );
    }

    [Fact]
    public async Task A_token_that_is_wrong_in_itself_is_refused_also_while_the_provider_is_away()
    {
        using var key = RSA.Create(2048);
        await using var provider = new IdentityProvider(key);
        using var handler = HandlerServer.Trusting(provider.Address, ($"{Scheme}:ValidIssuer", provider.Address.ToString()));

        foreach (
            var (wrong, authorization) in Tokens
                .Bad()
                .Where(bad =>
                    bad.Wrong is "garbage" or "garbage in three parts" or "two parts" or "nothing" or "another scheme" or "absent"
                )
        )
            Assert.True((await handler.GetAsync(Campaign, authorization)).Status == 401, wrong);
    }

    [Fact]
    public async Task A_token_of_the_provider_for_another_issuer_or_audience_is_refused()
    {
        using var key = RSA.Create(2048);
        await using var provider = new IdentityProvider(key);
        await provider.StartAsync();
        using var handler = HandlerServer.Trusting(provider.Address);

        Assert.Equal(200, (await handler.GetAsync(Campaign, $"Authorization: Bearer {provider.Issue("support")}")).Status);
        Assert.Equal(
            401,
            (
                await handler.GetAsync(Campaign, $"Authorization: Bearer {provider.Issue("support", issuer: "https://other.example.com")}")
            ).Status
        );
        Assert.Equal(
            401,
            (await handler.GetAsync(Campaign, $"Authorization: Bearer {provider.Issue("support", audience: "another-api")}")).Status
        );
    }

    [Fact]
    public async Task A_provider_may_be_named_by_the_address_of_its_configuration_alone()
    {
        using var key = RSA.Create(2048);
        await using var provider = new IdentityProvider(key);
        await provider.StartAsync();
        using var handler = HandlerServer.Guarded(
            ($"{Scheme}:ValidIssuer", ""),
            ($"{Scheme}:SigningKeys:0:Issuer", ""),
            ($"{Scheme}:RequireHttpsMetadata", "false"),
            ($"{Scheme}:BackchannelTimeout", "00:00:30"),
            ($"{Scheme}:MetadataAddress", $"{provider.Address}.well-known/openid-configuration")
        );

        Assert.Equal(200, (await handler.GetAsync(Campaign, $"Authorization: Bearer {provider.Issue("support")}")).Status);
    }

    /// <summary>
    /// A transaction of alice and bob by turns, on one page; as the transaction <c>paged</c> on a page of alice's alone, and an empty one.
    /// </summary>
    private sealed class SharedBy(int parts) : INotificationReader
    {
        public Task<NotificationPage> ReadAsync(NotificationQuery query, CancellationToken cancellationToken)
        {
            if (query.Value != "paged")
                return Task.FromResult(
                    new NotificationPage([.. Enumerable.Range(0, parts).Select(i => Of(i % 2 == 0 ? "alice" : "bob", i))])
                );
            return Task.FromResult(
                query.After is null
                    ? new NotificationPage([Of("alice", 0)], NotificationKey.Of("alice", "2026-11-22T08:15:30.000Z", "tx"))
                    : new NotificationPage([])
            );
        }

        private static Notification Of(string user, int millisecond) =>
            new()
            {
                TransactionId = "tx",
                UserId = user,
                CreatedAt = $"2026-11-22T08:15:30.{millisecond:000}Z",
            };
    }
}
