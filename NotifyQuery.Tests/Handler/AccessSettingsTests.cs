namespace NotifyQuery.Tests.Handler;

/// <summary>Where access is required and tokens could not be checked fully, the Handler does not start.</summary>
public sealed class AccessSettingsTests
{
    private const string Scheme = "Authentication:Schemes:Bearer";

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
    [InlineData(":ValidIssuer", "", "nobody is named who issues tokens")]
    [InlineData(":ValidAudiences:0", "", "it is not said for whom tokens are issued")]
    [InlineData(":SigningKeys:0:Value", "", "no key")]
    [InlineData(":SigningKeys:0:Value", "not Base64!", "no key")]
    [InlineData(":SigningKeys:0:Value", "dG9vIHNob3J0", "at least 32 bytes")]
    [InlineData(":SigningKeys:0:Issuer", "https://other.example.com", "no key to check signatures with")]
    [InlineData(":Authority", "http://identity.example.com", "HTTPS")] // ASP.NET's own rule
    public void What_is_missing_or_weak_keeps_the_Handler_from_starting(string key, string value, string problem)
    {
        var exception = Assert.ThrowsAny<Exception>(() => HandlerServer.Guarded((Scheme + key, value)));

        Assert.Contains(problem, exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_flag_that_is_none_is_named()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => HandlerServer.Open(("Access:Required", "maybe")));

        Assert.Equal("Access:Required is 'maybe': it must be true or false", exception.Message);
    }

    [Fact]
    public void An_identity_provider_is_enough()
    {
        using var handler = new HandlerServer(settings: [($"{Scheme}:Authority", "https://identity.example.com"), ($"{Scheme}:ValidAudiences:0", "notifyquery")]);
    }
}
