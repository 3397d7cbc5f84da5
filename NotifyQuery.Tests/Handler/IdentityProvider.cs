using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NotifyQuery.Benchmarks.Running;

namespace NotifyQuery.Tests.Handler;

/// <summary>An OpenID Connect provider, as far as a Handler asks one: its configuration and its keys, once it is started.</summary>
/// <param name="key">Signs its tokens.</param>
/// <param name="address">Where it answers.</param>
/// <param name="issuer">What it calls itself; null for its address.</param>
internal sealed class IdentityProvider(RSA key, Uri address, string? issuer = null) : IAsyncDisposable
{
    private readonly RsaSecurityKey signing = new(key) { KeyId = "key-1" };
    private WebApplication? app;

    /// <summary>At an address where nothing answers yet.</summary>
    public IdentityProvider(RSA key, string? issuer = null)
        : this(key, new($"http://127.0.0.1:{ChildProcess.FreePort()}/"), issuer) { }

    public Uri Address => address;

    private string Issuer => issuer ?? address.ToString();

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.Urls.Add(address.GetLeftPart(UriPartial.Authority));
        app.MapGet(
            "/.well-known/openid-configuration",
            () => Results.Text($$"""{"issuer":"{{Issuer}}","jwks_uri":"{{address}}keys"}""", "application/json")
        );
        var parameters = key.ExportParameters(includePrivateParameters: false);
        app.MapGet(
            "/keys",
            () =>
                Results.Text(
                    $$"""{"keys":[{"kty":"RSA","use":"sig","kid":"{{signing.KeyId}}","n":"{{Base64UrlEncoder.Encode(parameters.Modulus)}}","e":"{{Base64UrlEncoder.Encode(parameters.Exponent)}}"}]}""",
                    "application/json"
                )
        );
        await app.StartAsync();
    }

    /// <summary>A token of this provider, a good one unless another issuer or audience is said.</summary>
    public string Issue(string scopes, string? issuer = null, string audience = Tokens.Audience) =>
        new JsonWebTokenHandler().CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = issuer ?? Issuer,
                Audience = audience,
                Claims = new Dictionary<string, object> { ["scope"] = scopes },
                SigningCredentials = new(signing, SecurityAlgorithms.RsaSha256),
            }
        );

    /// <summary>A token with these claims and no others.</summary>
    public string Sign(IDictionary<string, object> claims, string? type = null) =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                Claims = claims,
                TokenType = type,
                SigningCredentials = new(signing, SecurityAlgorithms.RsaSha256),
            }
        );

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
            await app.DisposeAsync();
    }
}
