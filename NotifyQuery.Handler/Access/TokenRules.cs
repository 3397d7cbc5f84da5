using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace NotifyQuery.Handler.Access;

/// <summary>
/// Which tokens count. A key belongs to one issuer: a token is checked with the keys of the issuer that it names, and with no others. What
/// the libraries leave open (algorithms, type, clock skew) is set here.
/// </summary>
internal sealed class TokenRules(AccessSettings settings, ProviderKeys provider)
{
    /// <summary>How far the clocks of an issuer and of a Handler may be apart.</summary>
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

    /// <summary>Sets what is checked of a token.</summary>
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
        // Not the lists of ASP.NET: they know all keys together, whose-ever they are.
        (valid.ValidIssuer, valid.ValidIssuers, valid.IssuerSigningKey, valid.IssuerSigningKeys) = (null, null, null, null);
        valid.IssuerValidator = (issuer, _, _) =>
            IsTrusted(issuer)
                ? issuer
                : throw new SecurityTokenInvalidIssuerException("the issuer is not trusted here") { InvalidIssuer = issuer };
        valid.IssuerSigningKeyResolver = (_, token, keyId, _) => KeysFor(token as JsonWebToken, keyId);
        valid.TryAllIssuerSigningKeys = false;
    }

    /// <summary>Whether a token can be checked only with keys of the identity provider.</summary>
    public bool NeedsProvider(string token) =>
        settings.HasProvider && IssuerOf(token) is { } issuer && !settings.SigningKeys.ContainsKey(issuer);

    /// <summary>The issuer that a token names, unchecked; null when it is no token.</summary>
    private static string? IssuerOf(string token)
    {
        try
        {
            return new JsonWebToken(token).Issuer;
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException or FormatException)
        {
            return null; // the scheme refuses it, and says why
        }
    }

    private bool IsTrusted(string issuer) => settings.SigningKeys.ContainsKey(issuer) || IsOfProvider(issuer);

    /// <summary>The issuer that the provider names in its configuration, or the one that the settings name without a key.</summary>
    private bool IsOfProvider(string issuer) =>
        provider.Known is { } known
        && !settings.SigningKeys.ContainsKey(issuer)
        && (issuer == known.Issuer || settings.Issuers.Contains(issuer));

    private IEnumerable<SecurityKey> KeysFor(JsonWebToken? token, string? keyId)
    {
        if (token?.Issuer is not { Length: > 0 } issuer)
            return [];
        // A public key is no secret: it must not check what was signed as if it were one.
        var shared = ForSharedKeys.Contains(token.Alg);
        var keys =
            settings.SigningKeys.TryGetValue(issuer, out var known) ? known
            : IsOfProvider(issuer) ? provider.Known!.SigningKeys
            : Enumerable.Empty<SecurityKey>();
        return keys.Where(key =>
            key is SymmetricSecurityKey == shared && (string.IsNullOrEmpty(keyId) || string.IsNullOrEmpty(key.KeyId) || key.KeyId == keyId)
        );
    }

    /// <summary>Whether the claim that stands for the audience names this API.</summary>
    private bool IsForUs(JsonWebToken? token) =>
        token is not null
        && token.Claims.Any(claim => claim.Type == settings.Claims.AudienceClaim && settings.Audiences.Contains(claim.Value));

    /// <summary>
    /// Providers whose ID tokens look like their access tokens say in a claim which is which: <c>token_use</c> (Cognito) and <c>typ</c>
    /// (Keycloak).
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

    /// <summary>The type may be left out, and is by some providers; another one is a token for something else.</summary>
    private static bool IsAccepted(string? type)
    {
        const string Media = "application/";
        if (string.IsNullOrEmpty(type))
            return true;
        var name = type.StartsWith(Media, StringComparison.OrdinalIgnoreCase) ? type[Media.Length..] : type;
        return Types.Contains(name, StringComparer.OrdinalIgnoreCase);
    }
}
