using System.Buffers.Text;
using Microsoft.IdentityModel.Tokens;

namespace NotifyQuery.Handler.Access;

/// <summary>
/// Whether callers need a token, and from which issuer. The issuers are configured in ASP.NET's section
/// <c>Authentication:Schemes:Bearer</c>.
/// </summary>
internal sealed record AccessSettings
{
    public const string Scheme = "Authentication:Schemes:Bearer";

    // HS256 is only as strong as its key: RFC 7518 requires a key with at least as many bits as the hash.
    private const int SigningKeyBytes = 32;

    /// <summary><c>Access:Required</c>. The default is true, except in the development environment.</summary>
    public required bool Required { get; init; }

    /// <summary>
    /// The configured issuers: <c>ValidIssuer</c>, <c>ValidIssuers</c>. The identity provider's own issuer is also valid.
    /// </summary>
    public IReadOnlyList<string> Issuers { get; init; } = [];

    /// <summary>The audiences that tokens must be issued for: <c>Audience</c>, <c>ValidAudience</c>, <c>ValidAudiences</c>.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary>
    /// The configured keys, by issuer: <c>SigningKeys</c> of <see cref="Issuers"/>. An issuer can have several valid keys, for example
    /// during a key rotation.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<SecurityKey>> SigningKeys { get; init; } =
        new Dictionary<string, IReadOnlyList<SecurityKey>>();

    /// <summary>Whether the keys are fetched from an identity provider: <c>Authority</c> or <c>MetadataAddress</c>.</summary>
    public bool HasProvider { get; init; }

    /// <summary>
    /// The issuer of the users' tokens, whose subjects are user ids: <c>Access:UserIssuer</c>. Null if all tokens have the same issuer. The
    /// subject <c>alice</c> of another issuer is another person.
    /// </summary>
    public string? UserIssuer { get; init; }

    /// <summary>The names of the claims in the tokens.</summary>
    public TokenClaims Claims { get; init; } = new();

    /// <summary>
    /// Reads the settings. Throws if access control is on but tokens cannot be fully validated. The Handler must not start in this case.
    /// </summary>
    /// <exception cref="InvalidOperationException">The message says what is missing, and the fix.</exception>
    public static AccessSettings From(IConfiguration configuration, IHostEnvironment environment)
    {
        var text = configuration["Access:Required"];
        var required = !environment.IsDevelopment();
        if (!string.IsNullOrWhiteSpace(text) && !bool.TryParse(text, out required))
            throw new InvalidOperationException($"Access:Required is '{text}': it must be true or false");
        if (!required)
            return new() { Required = false };

        var scheme = configuration.GetSection(Scheme);
        var provider = Values("MetadataAddress", "Authority"); // the order in which ASP.NET takes them
        var hasAuthority = provider.Count > 0;
        if (hasAuthority && !provider[0].StartsWith("https://", StringComparison.OrdinalIgnoreCase) && NeedsHttps(scheme))
            throw Problem(
                $"the identity provider's address '{provider[0]}' does not begin with https://, so anybody on the way could give out keys: "
                    + $"use its https address, or, with a provider on a network that you trust, set {Scheme}:RequireHttpsMetadata to false"
            );
        var issuers = Values("ValidIssuer", "ValidIssuers");
        if (!hasAuthority && issuers.Count == 0)
        {
            throw Problem(
                $"no token issuer is configured: set {Scheme}:Authority to the address of the identity provider, "
                    + $"or {Scheme}:ValidIssuer and {Scheme}:SigningKeys to an issuer and its keys"
            );
        }

        var audiences = Values("Audience", "ValidAudience", "ValidAudiences");
        if (audiences.Count == 0)
            throw Problem($"no audience is configured: set {Scheme}:ValidAudiences:0 to the audience of this API");
        // Keys of other issuers are ignored.
        var keys = scheme
            .GetSection("SigningKeys")
            .GetChildren()
            .Where(IsOfAnIssuer)
            .Select(key => (Issuer: key["Issuer"]!, Key: ReadKey(key)))
            .ToLookup(key => key.Issuer, key => key.Key, StringComparer.Ordinal);
        if (!hasAuthority && keys.Count == 0)
        {
            throw Problem(
                $"there is no key to check signatures with: set {Scheme}:Authority to the address of the identity provider, "
                    + $"or {Scheme}:SigningKeys to keys of a valid issuer (in development 'dotnet user-jwts create' does so)"
            );
        }

        var withoutKeys = issuers.Distinct(StringComparer.Ordinal).Where(issuer => !keys.Contains(issuer)).ToList();
        if (!hasAuthority && withoutKeys.Count > 0)
            throw Problem($"the issuer '{withoutKeys[0]}' has no key: set one in {Scheme}:SigningKeys, or remove the issuer");
        if (withoutKeys.Count > 1)
        {
            throw Problem(
                $"several issuers have no keys, '{string.Join("' and '", withoutKeys)}': {Scheme}:Authority provides the keys of only "
                    + $"one issuer, set the keys of the others in {Scheme}:SigningKeys"
            );
        }

        if (
            keys.SelectMany(of => of.Select(key => (of.Key, Value: Convert.ToBase64String(key.Key))))
                .Distinct()
                .GroupBy(key => key.Value)
                .FirstOrDefault(same => same.Count() > 1) is
            { } shared
        )
            throw Problem(
                $"the issuers '{string.Join("' and '", shared.Select(key => key.Key))}' have the same key, so each could sign for the "
                    + $"other: give each its own"
            );

        var userIssuer = configuration["Access:UserIssuer"] is { Length: > 0 } named ? named : null;
        if (userIssuer is null && keys.Count + (hasAuthority ? 1 : 0) > 1)
            throw Problem(
                "tokens of several issuers are accepted, but a sub names a user of only one of them: set Access:UserIssuer to that issuer"
            );
        if (userIssuer is not null && !hasAuthority && !keys.Contains(userIssuer))
            throw Problem(
                $"Access:UserIssuer is '{userIssuer}', whose tokens are not accepted: name one of '{string.Join("', '", issuers)}'"
            );
        return new()
        {
            Required = true,
            Issuers = issuers,
            Audiences = audiences,
            SigningKeys = keys.ToDictionary(of => of.Key, of => (IReadOnlyList<SecurityKey>)[.. of], StringComparer.Ordinal),
            HasProvider = hasAuthority,
            UserIssuer = userIssuer,
            Claims = TokenClaims.From(configuration),
        };

        bool IsOfAnIssuer(IConfigurationSection key) => key["Issuer"] is { } issuer && issuers.Contains(issuer);

        // A setting can have one value or a list of values.
        List<string> Values(params string[] names) =>
            [
                .. names
                    .Select(scheme.GetSection)
                    .SelectMany(section => section.GetChildren().Prepend(section))
                    .Select(section => section.Value)
                    .OfType<string>()
                    .Where(value => !string.IsNullOrWhiteSpace(value)),
            ];
    }

    private static bool NeedsHttps(IConfigurationSection scheme) => !bool.TryParse(scheme["RequireHttpsMetadata"], out var needs) || needs;

    private static SymmetricSecurityKey ReadKey(IConfigurationSection key) =>
        key["Value"] is { } value && Base64.IsValid(value) && Convert.FromBase64String(value) is { Length: >= SigningKeyBytes } bytes
            ? new(bytes)
            : throw Problem(
                $"{key.Path}:Value is not a valid key: give at least {SigningKeyBytes} bytes in Base64, "
                    + $"for example from 'openssl rand -base64 {SigningKeyBytes}'"
            );

    private static InvalidOperationException Problem(string problem) =>
        new($"access is required, but {problem}; or set Access:Required to false to let everybody read everything");
}
