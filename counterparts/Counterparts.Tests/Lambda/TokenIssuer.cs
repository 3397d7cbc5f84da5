using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Counterparts.Tests.Lambda;

/// <summary>A simulated issuer, with its keys and the tokens that it signs.</summary>
internal sealed class TokenIssuer : IAsyncDisposable
{
    private readonly RSA _key = RSA.Create(2048);
    private readonly WebApplication _server;
    private int _fetched;

    private TokenIssuer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.MapGet(
            "/.well-known/openid-configuration",
            () =>
            {
                Interlocked.Increment(ref _fetched);
                return Results.Text($$"""{"issuer":"{{Url}}","jwks_uri":"{{Url}}/keys"}""", "application/json");
            }
        );
        var it = _key.ExportParameters(false);
        var (modulus, exponent) = (Base64Url.EncodeToString(it.Modulus), Base64Url.EncodeToString(it.Exponent));
        var keys = $$"""{"keys":[{"kty":"EC","kid":"other"},{"kty":"RSA","kid":"one","n":"{{modulus}}","e":"{{exponent}}"}]}""";
        _server.MapGet("/keys", () => Results.Text(keys, "application/json"));
    }

    /// <summary>How often its configuration was fetched.</summary>
    public int Fetched => _fetched;

    public string Url => _server.Urls.First();

    public static async Task<TokenIssuer> StartAsync()
    {
        var issuer = new TokenIssuer();
        await issuer._server.StartAsync();
        return issuer;
    }

    /// <summary>It answers no more.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _server.StopAsync(cancellationToken);

    public string Token(Action<JsonNode>? change = null, RSA? key = null, string header = """{"alg":"RS256","kid":"one"}""")
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        JsonNode claims = new JsonObject
        {
            ["iss"] = Url,
            ["sub"] = "alice",
            ["aud"] = new JsonArray("web", "mobile"),
            ["iat"] = now - 5,
            ["nbf"] = now - 5,
            ["exp"] = now + 300,
        };
        change?.Invoke(claims);
        var signed =
            $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}"
            + $".{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        var signature = (key ?? _key).SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _key.Dispose();
    }
}
