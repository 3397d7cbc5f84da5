using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NotifyQuery.Handler.Access;

namespace NotifyQuery.Tests.Handler;

/// <summary>A key belongs to an issuer, and so does a subject. Whatever a token says of its own check is not taken for granted.</summary>
public sealed class IssuerTests
{
    private const string Scheme = "Authentication:Schemes:Bearer";
    private const string Other = "https://other.example.com";
    private const string Target = "/query/user?user_id=alice";

    private static readonly byte[] OthersKey = SHA256.HashData("the other's key"u8);

    private static readonly (string, string)[] TwoIssuers =
    [
        ($"{Scheme}:ValidIssuers:0", Other),
        ($"{Scheme}:SigningKeys:1:Issuer", Other),
        ($"{Scheme}:SigningKeys:1:Value", Convert.ToBase64String(OthersKey)),
    ];

    [Fact]
    public async Task A_token_is_checked_with_the_keys_of_its_own_issuer_only()
    {
        using var handler = HandlerServer.Guarded([.. TwoIssuers, ("Access:UserIssuer", Tokens.Issuer)]);

        Assert.Equal(200, await StatusAsync(handler, Tokens.Create("desk", "support")));
        Assert.Equal(200, await StatusAsync(handler, Tokens.Create("desk", "support", issuer: Other, key: OthersKey)));
        Assert.Equal(401, await StatusAsync(handler, Tokens.Create("desk", "support", key: OthersKey)));
        Assert.Equal(401, await StatusAsync(handler, Tokens.Create("desk", "support", issuer: Other)));
    }

    [Fact]
    public async Task A_subject_of_another_issuer_is_not_the_user_of_the_same_name()
    {
        using var handler = HandlerServer.Guarded([.. TwoIssuers, ("Access:UserIssuer", Tokens.Issuer)]);

        Assert.Equal(200, await StatusAsync(handler, Tokens.Create("alice", "user")));
        Assert.Equal(403, await StatusAsync(handler, Tokens.Create("alice", "user", issuer: Other, key: OthersKey)));
    }

    [Fact]
    public async Task While_a_key_is_replaced_tokens_of_both_are_accepted()
    {
        using var handler = HandlerServer.Guarded(
            ($"{Scheme}:SigningKeys:1:Issuer", Tokens.Issuer),
            ($"{Scheme}:SigningKeys:1:Value", Convert.ToBase64String(OthersKey))
        );

        Assert.Equal(200, await StatusAsync(handler, Tokens.Create("alice", "user", keyId: "old")));
        Assert.Equal(200, await StatusAsync(handler, Tokens.Create("alice", "user", key: OthersKey, keyId: "new")));
    }

    [Theory]
    [InlineData("no issuer of users", "Access:UserIssuer", "")] // whose subjects are the users
    [InlineData("whose tokens are not accepted", "Access:UserIssuer", "https://nobody.example.com")]
    [InlineData("have the same key", Scheme + ":SigningKeys:1:Value", null)]
    [InlineData("has no key", Scheme + ":SigningKeys:1:Issuer", "")]
    public void Settings_that_leave_it_open_whose_a_key_or_a_subject_is_keep_the_Handler_from_starting(
        string problem,
        string key,
        string? value
    )
    {
        value ??= Tokens.Settings.Single(setting => setting.Key.EndsWith("SigningKeys:0:Value", StringComparison.Ordinal)).Value;
        (string, string)[] settings = [.. TwoIssuers, ("Access:UserIssuer", Tokens.Issuer), (key, value)];

        var exception = Assert.Throws<InvalidOperationException>(() => HandlerServer.Guarded(settings));

        Assert.Contains(
            problem == "no issuer of users" ? "set Access:UserIssuer to that issuer" : problem,
            exception.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void One_provider_has_the_keys_of_one_issuer()
    {
        var exception = Assert.Throws<InvalidOperationException>(() =>
            HandlerServer.Trusting(
                new("https://identity.example.com"),
                ($"{Scheme}:ValidIssuers:0", "https://a.example.com"),
                ($"{Scheme}:ValidIssuers:1", "https://b.example.com")
            )
        );

        Assert.Contains("several issuers have no keys", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("JWT", 200)]
    [InlineData("at+jwt", 200)]
    [InlineData("application/at+jwt", 200)]
    [InlineData("logout+jwt", 401)] // says that a session ended
    [InlineData("secevent+jwt", 401)]
    [InlineData("dpop+jwt", 401)]
    public async Task A_token_made_for_something_else_is_refused(string type, int status)
    {
        using var handler = HandlerServer.Guarded();

        Assert.Equal(status, await StatusAsync(handler, Tokens.Create("alice", "user", type: type)));
    }

    [Fact]
    public async Task Clocks_may_be_apart_by_half_a_minute_and_not_by_minutes()
    {
        using var handler = HandlerServer.Guarded();

        Assert.Equal(TimeSpan.FromSeconds(30), TokenRules.ClockSkew);
        // the libraries' default is 5
        Assert.Equal(401, await StatusAsync(handler, Tokens.Create("alice", "user", lifetime: TimeSpan.FromMinutes(-2))));
    }

    [Fact]
    public async Task A_public_key_does_not_check_what_was_signed_with_it_as_a_secret()
    {
        using var key = RSA.Create(2048);
        await using var provider = new IdentityProvider(key);
        await provider.StartAsync();
        using var handler = HandlerServer.Trusting(provider.Address);
        Assert.Equal(200, await StatusAsync(handler, provider.Issue("support"), "/query/campaign?campaign_id=spring-sale"));

        var token = new JsonWebTokenHandler().CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = provider.Address.ToString(),
                Audience = Tokens.Audience,
                Claims = new Dictionary<string, object> { ["scope"] = "support" },
                SigningCredentials = new(
                    new SymmetricSecurityKey(key.ExportSubjectPublicKeyInfo()) { KeyId = "key-1" },
                    SecurityAlgorithms.HmacSha256
                ),
            }
        );

        Assert.Equal(401, await StatusAsync(handler, token, "/query/campaign?campaign_id=spring-sale"));
    }

    private static async Task<int> StatusAsync(HandlerServer handler, string token, string target = Target) =>
        (await handler.GetAsync(target, $"Authorization: Bearer {token}")).Status;
}
