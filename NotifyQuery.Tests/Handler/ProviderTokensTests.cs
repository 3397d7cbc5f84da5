using System.Security.Cryptography;
using System.Text.Json;
using Amazon.Lambda.APIGatewayEvents;
using NotifyQuery.Tests.Distributed;

namespace NotifyQuery.Tests.Handler;

/// <summary>
/// Tokens as real providers issue them, each with its recipe of docs/api.md, at the Handler and by the way of the gateway.
/// </summary>
public sealed class ProviderTokensTests
{
    private const string OfAlice = "/query/user?user_id=alice";
    private const string OfBob = "/query/user?user_id=bob";
    private const string Campaign = "/query/campaign?campaign_id=spring-sale";
    private const string Failed = "/query/status?status=FAILED&from=2026-11-22&to=2026-11-23";

    public static TheoryData<string> Providers => [.. ProviderTokens.All.Select(provider => provider.Name)];

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_token_opens_what_its_scopes_say_on_both_ways(string name)
    {
        await using var system = await TrustingSystem.StartAsync(name);
        foreach (
            var (subject, scopes, statuses) in ((string, string[], int[])[])
                [
                    //                     alice  bob  campaign status
                    ("alice", ["user"], [200, 403, 403, 403]),
                    ("owner", ["campaign"], [403, 403, 200, 403]),
                    ("desk", ["support"], [200, 200, 200, 200]),
                    ("alice", [], [403, 403, 403, 403]),
                ]
        )
        {
            var authorization = system.TokenOf(subject, scopes);
            foreach (var (target, status) in new[] { OfAlice, OfBob, Campaign, Failed }.Zip(statuses))
            {
                var (direct, through) = await system.AskAsync(target, authorization);
                Assert.True(
                    (status, status) == (direct.Status, through.StatusCode),
                    $"{subject} with '{string.Join(' ', scopes)}' asks {target}: {direct.Status} {through.StatusCode} {direct.Body} "
                        + $"{direct.Header("www-authenticate")}"
                );
                Assert.Equal(
                    direct.Header("www-authenticate"),
                    through.Headers.TryGetValue("www-authenticate", out var challenge) ? challenge : null
                );
            }
        }
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Bodies_of_others_are_shown_with_the_providers_name_of_the_scope_body_only(string name)
    {
        await using var system = await TrustingSystem.StartAsync(name);
        foreach (var (scopes, shown) in ((string[], bool)[])[(["support"], false), (["support", "body"], true)])
        {
            var (direct, through) = await system.AskAsync(OfBob, system.TokenOf("desk", scopes));

            Assert.Equal(direct.Body, through.Body);
            using var page = JsonDocument.Parse(direct.Body);
            Assert.All(
                page.RootElement.GetProperty("items").EnumerateArray(),
                item => Assert.Equal(shown, item.TryGetProperty("body", out _))
            );
        }
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task What_is_no_access_token_for_this_API_is_answered_by_401_on_both_ways(string name)
    {
        await using var system = await TrustingSystem.StartAsync(name);
        var provider = system.Provider;
        var wrong = new List<(string, string?)>
        {
            ("no token", null),
            ("another issuer", system.Sign(provider.Create("desk", ["support"]), "https://other.example.com")),
            (
                "an issuer that differs by a slash",
                system.Sign(
                    provider.Create("desk", ["support"]),
                    provider.Issuer.EndsWith('/') ? provider.Issuer[..^1] : provider.Issuer + "/"
                )
            ),
            ("another audience", system.Sign(WithAudience(provider, "another"))),
            ("no audience", system.Sign(WithAudience(provider, null))),
            ("expired", system.Sign(provider.Create("desk", ["support"]), lifetime: TimeSpan.FromMinutes(-2))),
        };
        if (provider.CreateIdToken is { } create)
            wrong.Add(("an ID token", system.Sign(create("desk"))));

        foreach (var (what, authorization) in wrong)
        {
            var (direct, through) = await system.AskAsync(Campaign, authorization);
            Assert.True((401, 401) == (direct.Status, through.StatusCode), $"{what}: {direct.Status} {through.StatusCode}");
            Assert.Equal(
                ("application/problem+json", "application/problem+json"),
                (direct.Header("content-type"), through.Headers["Content-Type"])
            );
            Assert.Equal(direct.Header("www-authenticate"), through.Headers["www-authenticate"]);
        }
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Preflights_health_and_documentation_need_no_token_on_either_way(string name)
    {
        await using var system = await TrustingSystem.StartAsync(name);
        string[] preflight =
        [
            "Origin: https://app.example.com",
            "Access-Control-Request-Method: GET",
            "Access-Control-Request-Headers: authorization",
        ];

        Assert.Equal((204, 204), Statuses(await system.AskAsync(OfAlice, null, "OPTIONS", preflight)));
        foreach (var target in (string[])["/health", "/alive", "/docs/index.html", "/openapi/v1.json"])
            Assert.Equal((target, (200, 200)), (target, Statuses(await system.AskAsync(target, null))));
        // A page of the app can read why it was refused.
        var (direct, through) = await system.AskAsync(OfAlice, null, "GET", ["Origin: https://app.example.com"]);
        Assert.Equal((401, 401), (direct.Status, through.StatusCode));
        Assert.Equal(
            ("https://app.example.com", "https://app.example.com"),
            (direct.Header("access-control-allow-origin"), through.Headers["access-control-allow-origin"])
        );

        static (int, int) Statuses((RawAnswer Direct, APIGatewayHttpApiV2ProxyResponse Through) answers) =>
            (answers.Direct.Status, answers.Through.StatusCode);
    }

    [Fact]
    public async Task The_scopes_that_are_needed_are_told_by_the_providers_names()
    {
        await using var system = await TrustingSystem.StartAsync("Cognito");

        var (direct, _) = await system.AskAsync(Campaign, system.TokenOf("alice", "user"));

        Assert.Equal(
            "Bearer error=\"insufficient_scope\", scope=\"notifyquery/campaign notifyquery/support\"",
            direct.Header("www-authenticate")
        );
        Assert.Contains("notifyquery/campaign, notifyquery/support", direct.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Our_own_name_of_a_scope_opens_nothing_where_the_provider_has_another()
    {
        await using var system = await TrustingSystem.StartAsync("Cognito");
        var claims = system.Provider.Create("desk", []);
        claims["scope"] = "support body";

        Assert.Equal(403, (await system.AskAsync(Campaign, system.Sign(claims))).Direct.Status);
    }

    [Fact]
    public async Task A_role_with_blanks_in_its_name_is_one_role()
    {
        await using var system = await TrustingSystem.StartAsync("Auth0");
        var claims = system.Provider.Create("desk", ["not support at all"]);

        Assert.Equal(403, (await system.AskAsync(Campaign, system.Sign(claims))).Direct.Status);
    }

    [Fact]
    public async Task An_object_written_as_a_text_grants_nothing()
    {
        await using var system = await TrustingSystem.StartAsync("Keycloak");
        var claims = system.Provider.Create("desk", []);
        claims["realm_access"] = """{"roles":["notify-support"]}""";

        Assert.Equal(403, (await system.AskAsync(Campaign, system.Sign(claims))).Direct.Status);
    }

    [Theory]
    [InlineData(
        "Access:Scopes:suport",
        "x",
        "Access:Scopes:suport names an unknown scope: it must be Access:Scopes:<scope>, with one of user, support, campaign, body"
    )]
    public void A_scope_that_there_is_not_keeps_the_Handler_from_starting(string key, string value, string problem)
    {
        var exception = Assert.Throws<InvalidOperationException>(() => HandlerServer.Guarded((key, value)));

        Assert.Equal(problem, exception.Message);
    }

    [Fact]
    public async Task An_issuer_of_the_settings_that_differs_from_the_providers_by_a_slash_is_told()
    {
        using var key = RSA.Create(2048);
        await using var provider = new IdentityProvider(key, "https://example.eu.auth0.com/");
        await provider.StartAsync();
        using var handler = HandlerServer.Trusting(
            provider.Address,
            ("Authentication:Schemes:Bearer:ValidIssuer", "https://example.eu.auth0.com")
        );

        Assert.Equal(200, (await handler.GetAsync(Campaign, $"Authorization: Bearer {provider.Issue("support")}")).Status);

        Assert.Contains(
            handler.Log,
            line =>
                line.Contains("'https://example.eu.auth0.com'", StringComparison.Ordinal)
                && line.Contains("they differ by a slash", StringComparison.Ordinal)
        );
    }

    private static Dictionary<string, object> WithAudience(ProviderTokens provider, string? audience)
    {
        var claims = provider.Create("desk", ["support"]);
        var claim = provider.Settings.FirstOrDefault(setting => setting.Key == "Access:AudienceClaim").Value ?? "aud";
        if (audience is null)
            claims.Remove(claim);
        else
            claims[claim] = audience;
        return claims;
    }
}
