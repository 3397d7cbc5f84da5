using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace NotifyQuery.Handler.Access;

/// <summary>
/// Which tokens are valid. A key belongs to one issuer: a token is validated only with the keys of its own issuer. These rules also set
/// what the libraries leave open (algorithms, type, clock skew).
/// </summary>
internal sealed class TokenRules(AccessSettings settings, ProviderKeys provider)
{
    /// <summary>The allowed clock skew between an issuer and a Handler.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private static readonly string[] ForSharedKeys =
    [
        SecurityAlgorithms.HmacSha256,
        SecurityAlgorithms.HmacSha384,
        SecurityAlgorithms.HmacSha512,
    ];

    private static readonly string[] ForPublicKeys =
    [
        SecurityAlgorithms.RsaSha256,
        SecurityAlgorithms.RsaSha384,
        SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.RsaSsaPssSha384,
        SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256,
        SecurityAlgorithms.EcdsaSha384,
        SecurityAlgorithms.EcdsaSha512,
    ];

    private static readonly string[] Types = ["JWT", "at+jwt"]; // RFC 7519, RFC 9068

    /// <summary>Sets the validation parameters.</summary>
    public void ApplyTo(TokenValidationParameters valid)
    {
        (valid.ValidateIssuer, valid.ValidateAudience, valid.ValidateLifetime, valid.ValidateIssuerSigningKey) = (true, true, true, true);
        (valid.RequireSignedTokens, valid.RequireExpirationTime, valid.RequireAudience) = (true, true, true);
        valid.ClockSkew = ClockSkew;
        valid.ValidAudiences = settings.Audiences;
        if (!settings.Claims.HasStandardAudience)
            valid.AudienceValidator = (_, token, _) => IsForUs(token as JsonWebToken);
        valid.ValidAlgorithms = [.. settings.SigningKeys.Count > 0 ? ForSharedKeys : [], .. settings.HasProvider ? ForPublicKeys : []];
        valid.TypeValidator = (type, token, _) =>
            IsAccepted(type) && IsForAccess(token as JsonWebToken)
                ? type
                : throw new SecurityTokenInvalidTypeException("the token is not an access token") { InvalidType = type };
        // ASP.NET's lists are not used, because they do not assign keys to issuers.
        (valid.ValidIssuer, valid.ValidIssuers, valid.IssuerSigningKey, valid.IssuerSigningKeys) = (null, null, null, null);
        valid.IssuerValidator = (issuer, _, _) =>
            IsTrusted(issuer)
                ? issuer
                : throw new SecurityTokenInvalidIssuerException("the issuer is not trusted here") { InvalidIssuer = issuer };
        valid.IssuerSigningKeyResolver = (_, token, keyId, _) => KeysFor(token as JsonWebToken, keyId);
        valid.TryAllIssuerSigningKeys = false;
    }

    /// <summary>Whether a token can be validated only with the identity provider's keys.</summary>
    public bool NeedsProvider(string token) =>
        settings.HasProvider && IssuerOf(token) is { } issuer && !settings.SigningKeys.ContainsKey(issuer);

    /// <summary>The issuer of a token, not validated; null when the text is not a token.</summary>
    private static string? IssuerOf(string token)
    {
        try
        {
            return new JsonWebToken(token).Issuer;
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException or FormatException)
        {
            return null; // the scheme rejects it with a reason
        }
    }

    private bool IsTrusted(string issuer) => settings.SigningKeys.ContainsKey(issuer) || IsOfProvider(issuer);

    /// <summary>Whether the issuer is the one in the provider's configuration, or a configured issuer without a key.</summary>
    private bool IsOfProvider(string issuer) =>
        provider.Known is { } known
        && !settings.SigningKeys.ContainsKey(issuer)
        && (issuer == known.Issuer || settings.Issuers.Contains(issuer));

    private IEnumerable<SecurityKey> KeysFor(JsonWebToken? token, string? keyId)
    {
        if (token?.Issuer is not { Length: > 0 } issuer)
            return [];
        // A public key is not secret, so a token that is signed with it as if it were a shared key (HMAC) must not be valid.
        var shared = ForSharedKeys.Contains(token.Alg);
        var keys =
            settings.SigningKeys.TryGetValue(issuer, out var known) ? known
            : IsOfProvider(issuer) ? provider.Known!.SigningKeys
            : Enumerable.Empty<SecurityKey>();
        return keys.Where(key =>
            key is SymmetricSecurityKey == shared && (string.IsNullOrEmpty(keyId) || string.IsNullOrEmpty(key.KeyId) || key.KeyId == keyId)
        );
    }

    /// <summary>Whether the audience claim contains this API.</summary>
    private bool IsForUs(JsonWebToken? token) =>
        token is not null
        && token.Claims.Any(claim => claim.Type == settings.Claims.AudienceClaim && settings.Audiences.Contains(claim.Value));

    /// <summary>
    /// Some providers have ID tokens that look like their access tokens. A claim distinguishes them: <c>token_use</c> (Cognito) and
    /// <c>typ</c> (Keycloak).
    /// </summary>
    private static bool IsForAccess(JsonWebToken? token) =>
        token is not null
        && token.Claims.All(claim =>
            claim.Type switch
            {
                "token_use" => claim.Value == "access",
                "typ" => claim.Value.Equals("Bearer", StringComparison.OrdinalIgnoreCase),
                _ => true,
            }
        );

    /// <summary>The type is optional, and some providers omit it. Any other type is a token for another purpose.</summary>
    private static bool IsAccepted(string? type)
    {
        const string Media = "application/";
        if (string.IsNullOrEmpty(type))
            return true;
        var name = type.StartsWith(Media, StringComparison.OrdinalIgnoreCase) ? type[Media.Length..] : type;
        return Types.Contains(name, StringComparer.OrdinalIgnoreCase);
    }
}
