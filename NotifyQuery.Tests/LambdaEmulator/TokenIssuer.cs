using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.Tests.LambdaEmulator;

/// <summary>A simulated issuer, with its keys and the tokens that it signs.</summary>
internal sealed class TokenIssuer : IAsyncDisposable
{
    private readonly RSA ownKey = RSA.Create(2048);
    private readonly WebApplication server;
    private int fetched;

    private TokenIssuer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        server = builder.Build();
        server.MapGet(
            "/.well-known/openid-configuration",
            () =>
            {
                Interlocked.Increment(ref fetched);
                return Results.Text($$"""{"issuer":"{{Url}}","jwks_uri":"{{Url}}/keys"}""", "application/json");
            }
        );
        var it = ownKey.ExportParameters(false);
        var (modulus, exponent) = (Base64Url.EncodeToString(it.Modulus), Base64Url.EncodeToString(it.Exponent));
        var keys = $$"""{"keys":[{"kty":"EC","kid":"other"},{"kty":"RSA","kid":"one","n":"{{modulus}}","e":"{{exponent}}"}]}""";
        server.MapGet("/keys", () => Results.Text(keys, "application/json"));
    }

    /// <summary>How often its configuration was fetched.</summary>
    public int Fetched => fetched;

    public string Url => server.Urls.First();

    public static async Task<TokenIssuer> StartAsync()
    {
        var issuer = new TokenIssuer();
        await issuer.server.StartAsync();
        return issuer;
    }

    /// <summary>It answers no more.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => server.StopAsync(cancellationToken);

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
        var signature = (key ?? ownKey).SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        ownKey.Dispose();
    }
}
