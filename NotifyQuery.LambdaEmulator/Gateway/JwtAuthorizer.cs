using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.LambdaEmulator.Gateway;

/// <summary>The options of an authorizer: those of AWS's JwtConfiguration, and the scopes, of which a route requires one.</summary>
internal sealed record JwtOptions(string Issuer, ImmutableArray<string> Audience, ImmutableArray<string> Scopes);

/// <summary>The result of an authorizer: the claims for the event, or the response that refuses the request.</summary>
internal readonly record struct JwtDecision(JsonElement? Claims, HttpApiResponse? Refusal);

/// <summary>
/// The JWT authorizer of an HTTP API. Checks a token against the public keys of its issuer (RSA only, from the issuer's discovery document,
/// cached for two hours). Also checks iss, aud or client_id, exp, nbf, iat, and scope or scp if the route requires one. A refused request
/// never reaches the function.
/// </summary>
internal sealed class JwtAuthorizer(JwtOptions options, HttpClient http, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan KeysAreKept = TimeSpan.FromHours(2);
    private static readonly TimeSpan DiscoveryTimeout = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim fetching = new(1);
    private (DateTimeOffset Until, Dictionary<string, RSA> Keys)? cached;

    public async Task<JwtDecision> DecideAsync(string? authorization, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(authorization))
            return new(null, Refuse(401, "Bearer"));
        const string Prefix = "Bearer ";
        var token = (
            authorization.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? authorization[Prefix.Length..] : authorization
        ).Trim();
        try
        {
            return await CheckAsync(token, cancellationToken) is { } problem ? Invalid(problem) : Granted(token);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or CryptographicException or ArgumentException)
        {
            return Invalid("the token is malformed");
        }
        catch (Exception exception)
            when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            logger.LogError("The issuer {Issuer} is unreachable, and its keys are not known: {Reason}", options.Issuer, exception.Message);
            return Invalid("OIDC discovery endpoint communication error");
        }
    }

    public void Dispose()
    {
        fetching.Dispose();
        foreach (var key in cached?.Keys.Values ?? Enumerable.Empty<RSA>())
            key.Dispose();
    }

    /// <summary>What is wrong with the token; null if nothing is.</summary>
    private async Task<string?> CheckAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Split('.') is not [var header, var payload, var signature])
            return "the token is malformed";
        using var head = JsonDocument.Parse(Decode(header));
        using var claims = JsonDocument.Parse(Decode(payload));
        HashAlgorithmName? hash = Text(head.RootElement, "alg") switch
        {
            "RS256" => HashAlgorithmName.SHA256,
            "RS384" => HashAlgorithmName.SHA384,
            "RS512" => HashAlgorithmName.SHA512,
            _ => null,
        };
        if (hash is not { } algorithm)
            return $"signing method {Text(head.RootElement, "alg")} is invalid";
        if (Text(head.RootElement, "kid") is not { } kid || !(await KeysAsync(cancellationToken)).TryGetValue(kid, out var key))
            return "unable to find a signing key that matches";
        if (!key.VerifyData(Encoding.ASCII.GetBytes($"{header}.{payload}"), Decode(signature), algorithm, RSASignaturePadding.Pkcs1))
            return "the signature is invalid";
        return Claims(claims.RootElement);
    }

    private string? Claims(JsonElement claims)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        if (Text(claims, "iss") != options.Issuer)
            return "invalid issuer"; // must match exactly, including a slash at the end
        // client_id is read only if there is no aud.
        var audiences = claims.TryGetProperty("aud", out _) ? Texts(claims, "aud") : Texts(claims, "client_id");
        if (!audiences.Any(options.Audience.Contains))
            return "invalid audience";
        if (Number(claims, "exp") is not { } end || end <= now)
            return "the token has expired";
        if (Number(claims, "nbf") > now)
            return "the token is not valid yet";
        return Number(claims, "iat") > now ? "the token was issued in the future" : null;
    }

    private JwtDecision Granted(string token)
    {
        var claims = JsonDocument.Parse(Decode(token.Split('.')[1])).RootElement;
        var scopes = (claims.TryGetProperty("scope", out _) ? Texts(claims, "scope") : Texts(claims, "scp")).SelectMany(text =>
            text.Split(' ')
        );
        return options.Scopes.Length == 0 || scopes.Any(options.Scopes.Contains)
            ? new(claims, null)
            : new(
                null,
                Refuse(
                    403,
                    $"Bearer scope=\"{string.Join(' ', options.Scopes)}\" error=\"insufficient_scope\" error_description=\"the token has "
                        + $"none of the scopes\""
                )
            );
    }

    private static JwtDecision Invalid(string problem) =>
        new(null, Refuse(401, $"Bearer scope=\"\" error=\"invalid_token\" error_description=\"{problem}\""));

    private static HttpApiResponse Refuse(int status, string challenge) =>
        new(
            status,
            [new("Content-Type", "application/json"), new("www-authenticate", challenge)],
            Encoding.UTF8.GetBytes(status == 401 ? """{"message":"Unauthorized"}""" : """{"message":"Forbidden"}""")
        );

    private async Task<Dictionary<string, RSA>> KeysAsync(CancellationToken cancellationToken)
    {
        await fetching.WaitAsync(cancellationToken);
        try
        {
            if (cached is { } kept && kept.Until > time.GetUtcNow())
                return kept.Keys;
            var keys = await FetchAsync(cancellationToken);
            cached = (time.GetUtcNow() + KeysAreKept, keys);
            return keys;
        }
        finally
        {
            fetching.Release();
        }
    }

    private async Task<Dictionary<string, RSA>> FetchAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(DiscoveryTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var configuration = new Uri($"{options.Issuer.TrimEnd('/')}/.well-known/openid-configuration");
        using var discovery = JsonDocument.Parse(await http.GetStringAsync(configuration, either.Token));
        var address = Text(discovery.RootElement, "jwks_uri") ?? throw new HttpRequestException("the discovery document has no jwks_uri");
        using var set = JsonDocument.Parse(await http.GetStringAsync(new Uri(address), either.Token));
        var keys = new Dictionary<string, RSA>(StringComparer.Ordinal);
        foreach (var key in set.RootElement.GetProperty("keys").EnumerateArray())
        {
            if (Text(key, "kty") == "RSA" && Text(key, "kid") is { } kid && Text(key, "n") is { } modulus && Text(key, "e") is { } exponent)
                keys[kid] = RSA.Create(new RSAParameters { Modulus = Decode(modulus), Exponent = Decode(exponent) });
        }

        return keys;
    }

    private static byte[] Decode(string text) => Base64Url.DecodeFromChars(text);

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static double? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static IEnumerable<string> Texts(JsonElement json, string name) =>
        !json.TryGetProperty(name, out var value) ? []
        : value.ValueKind == JsonValueKind.String ? [value.GetString()!]
        : value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)
        : [];
}
