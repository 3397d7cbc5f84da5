using System.Security.Cryptography;

namespace NotifyQuery.Tests.Handler;

/// <summary>Where access is required and tokens could not be checked fully, the Handler does not start.</summary>
public sealed class AccessSettingsTests
{
    private const string Scheme = "Authentication:Schemes:Bearer";
    private const string Target = "/query/user?user_id=alice";

    private static string Good => Tokens.Header("alice", "user");

    [Fact]
    public void Outside_of_development_access_is_required_unless_it_is_said_otherwise()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => new HandlerServer("Production"));
        Assert.Contains($"set {Scheme}:Authority", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Access:Required to false", exception.Message, StringComparison.Ordinal);

        using var open = new HandlerServer("Production", settings: ("Access:Required", "false"));
        using var development = new HandlerServer("Development");
    }

    [Theory]
    [InlineData(":ValidIssuer", "", "no token issuer is configured")]
    [InlineData(":ValidAudiences:0", "", "no audience is configured")]
    [InlineData(":SigningKeys:0:Value", "", "not a valid key")]
    [InlineData(":SigningKeys:0:Value", "not Base64!", "not a valid key")]
    [InlineData(":SigningKeys:0:Value", "dG9vIHNob3J0", "at least 32 bytes")]
    [InlineData(":SigningKeys:0:Issuer", "https://other.example.com", "no key to check signatures with")]
    public void What_is_missing_or_weak_keeps_the_Handler_from_starting(string key, string value, string problem)
    {
        var exception = Assert.ThrowsAny<Exception>(() => HandlerServer.Guarded((Scheme + key, value)));

        Assert.Contains(problem, exception.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Staging")]
    [InlineData("Test")]
    [InlineData("Developers")]
    public void An_environment_of_any_other_name_than_Development_is_not_open(string environment)
    {
        var exception = Assert.Throws<InvalidOperationException>(() => new HandlerServer(environment));

        Assert.Contains("access is required", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_development_access_is_required_once_it_is_said_so()
    {
        using var handler = new HandlerServer("Development", settings: [.. Tokens.Settings]);

        Assert.Equal(401, (await handler.GetAsync(Target)).Status);
        Assert.Equal(200, (await handler.GetAsync(Target, Good)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void A_blank_flag_says_nothing(string flag)
    {
        Assert.Throws<InvalidOperationException>(() => new HandlerServer("Production", settings: ("Access:Required", flag)));
        using var development = new HandlerServer("Development", settings: ("Access:Required", flag));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(31)]
    public void A_key_of_less_than_32_bytes_keeps_the_Handler_from_starting(int bytes)
    {
        var exception = Assert.Throws<InvalidOperationException>(() =>
            HandlerServer.Guarded(($"{Scheme}:SigningKeys:0:Value", Convert.ToBase64String(new byte[bytes])))
        );

        Assert.Contains(
            $"{Scheme}:SigningKeys:0:Value is not a valid key: give at least 32 bytes in Base64",
            exception.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_key_of_32_bytes_is_enough_and_each_of_several_is_looked_at()
    {
        var second = RandomNumberGenerator.GetBytes(32);
        (string, string)[] two =
        [
            ($"{Scheme}:SigningKeys:1:Issuer", Tokens.Issuer),
            ($"{Scheme}:SigningKeys:1:Value", Convert.ToBase64String(second)),
        ];
        using var handler = HandlerServer.Guarded(two);

        Assert.Equal(200, (await handler.GetAsync(Target, Good)).Status);
        Assert.Equal(200, (await handler.GetAsync(Target, $"Authorization: Bearer {Tokens.Create("alice", "user", key: second)}")).Status);
        Assert.Equal(
            401,
            (
                await handler.GetAsync(
                    Target,
                    $"Authorization: Bearer {Tokens.Create("alice", "user", key: RandomNumberGenerator.GetBytes(32))}"
                )
            ).Status
        );
        Assert.Throws<InvalidOperationException>(() =>
            HandlerServer.Guarded([two[0], ($"{Scheme}:SigningKeys:1:Value", Convert.ToBase64String(second[..31]))])
        );
    }

    [Theory]
    [InlineData("Audience")]
    [InlineData("ValidAudience")]
    [InlineData("ValidAudiences:0")]
    [InlineData("ValidAudiences:7")]
    public async Task However_the_audience_is_said_its_tokens_are_accepted_and_no_others(string key)
    {
        using var handler = HandlerServer.Guarded(($"{Scheme}:ValidAudiences:0", ""), ($"{Scheme}:{key}", Tokens.Audience));

        Assert.Equal(200, (await handler.GetAsync(Target, Good)).Status);
        Assert.Equal(
            401,
            (await handler.GetAsync(Target, $"Authorization: Bearer {Tokens.Create("alice", "user", audience: "another-api")}")).Status
        );
    }

    [Fact]
    public async Task Audiences_that_are_said_in_several_ways_are_all_accepted()
    {
        using var handler = HandlerServer.Guarded(
            ($"{Scheme}:ValidAudiences:0", "second"),
            ($"{Scheme}:ValidAudience", "third"),
            ($"{Scheme}:Audience", Tokens.Audience)
        );

        foreach (var audience in (string[])[Tokens.Audience, "second", "third"])
        {
            var answer = await handler.GetAsync(Target, $"Authorization: Bearer {Tokens.Create("alice", "user", audience: audience)}");
            Assert.True(answer.Status == 200, $"{audience}: {answer.Status} {answer.Header("www-authenticate")}");
        }
    }

    [Theory]
    [InlineData("ValidIssuer")]
    [InlineData("ValidIssuers:0")]
    public async Task However_the_issuer_is_said_its_tokens_are_accepted_and_no_others(string key)
    {
        using var handler = HandlerServer.Guarded(($"{Scheme}:ValidIssuer", ""), ($"{Scheme}:{key}", Tokens.Issuer));

        Assert.Equal(200, (await handler.GetAsync(Target, Good)).Status);
        Assert.Equal(
            401,
            (
                await handler.GetAsync(
                    Target,
                    $"Authorization: Bearer {Tokens.Create("alice", "user", issuer: "https://other.example.com")}"
                )
            ).Status
        );
    }

    [Theory]
    [InlineData("ValidAudience")]
    [InlineData("ValidAudiences:0")]
    [InlineData("Audience")]
    public void An_audience_of_blanks_is_none(string key)
    {
        var exception = Assert.Throws<InvalidOperationException>(() =>
            HandlerServer.Guarded(($"{Scheme}:ValidAudiences:0", ""), ($"{Scheme}:{key}", "  "))
        );

        Assert.Contains("no audience is configured", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flag_that_is_none_is_named()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => HandlerServer.Open(("Access:Required", "maybe")));

        Assert.Equal("Access:Required is 'maybe': it must be true or false", exception.Message);
    }

    [Theory]
    [InlineData("Authority", "http://identity.example.com")]
    [InlineData("Authority", "identity.example.com")]
    [InlineData("MetadataAddress", "http://identity.example.com/.well-known/openid-configuration")]
    [InlineData("Authority", "http://identity.example.com", "true")]
    [InlineData("Authority", "http://identity.example.com", "perhaps")]
    public void An_identity_provider_that_anybody_could_play_keeps_the_Handler_from_starting(
        string key,
        string address,
        string needsHttps = ""
    )
    {
        var exception = Assert.Throws<InvalidOperationException>(() => Provided(needsHttps, (key, address)));

        Assert.Contains(
            $"the identity provider's address '{address}' does not begin with https://",
            exception.Message,
            StringComparison.Ordinal
        );
        Assert.Contains($"set {Scheme}:RequireHttpsMetadata to false", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "Authority", "https://identity.example.com")]
    [InlineData("", "Authority", "HTTPS://identity.example.com")]
    [InlineData("", "MetadataAddress", "https://identity.example.com/.well-known/openid-configuration")]
    [InlineData("false", "Authority", "http://identity.example.com")]
    public void An_identity_provider_is_enough(string needsHttps, string key, string address)
    {
        using var handler = Provided(needsHttps, (key, address));
    }

    [Fact]
    public void The_address_of_the_metadata_counts_before_the_authority_as_in_ASPNET()
    {
        using var handler = Provided("", ("Authority", "http://identity.example.com"), ("MetadataAddress", "https://identity.example.com"));

        Assert.Throws<InvalidOperationException>(() =>
            Provided("", ("Authority", "https://identity.example.com"), ("MetadataAddress", "http://identity.example.com"))
        );
    }

    private static HandlerServer Provided(string needsHttps, params (string Key, string Value)[] provider) =>
        new(
            settings:
            [
                .. provider.Select(setting => ($"{Scheme}:{setting.Key}", setting.Value)),
                ($"{Scheme}:RequireHttpsMetadata", needsHttps),
                ($"{Scheme}:ValidAudiences:0", "notifyquery"),
            ]
        );
}
