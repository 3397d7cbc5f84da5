using System.Buffers.Text;
using Microsoft.IdentityModel.Tokens;

namespace NotifyQuery.Handler.Access;

/// <summary>
/// Whether callers need a token, and whose. By whom tokens are issued stands where ASP.NET looks for it: <c>Authentication:Schemes:Bearer</c>.
/// </summary>
internal sealed record AccessSettings
{
    public const string Scheme = "Authentication:Schemes:Bearer";

    // HS256 is as strong as its key: RFC 7518 asks for as many bits as the hash has.
    private const int SigningKeyBytes = 32;

    /// <summary><c>Access:Required</c>; when it is not said, only in development no token is needed.</summary>
    public required bool Required { get; init; }

    /// <summary>The issuers that are named: <c>ValidIssuer</c>, <c>ValidIssuers</c>. An identity provider names its own beside them.</summary>
    public IReadOnlyList<string> Issuers { get; init; } = [];

    /// <summary>For whom tokens are issued: <c>Audience</c>, <c>ValidAudience</c>, <c>ValidAudiences</c>.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary>
    /// Keys known beforehand: <c>SigningKeys</c> of <see cref="Issuers"/>. Several of one issuer are valid side by side, as while a key is
    /// replaced.
    /// </summary>
    public IReadOnlyList<SecurityKey> SigningKeys { get; init; } = [];

    /// <summary>Reads the settings. Where access is required but tokens could not be checked, or not fully, the Handler must not start.</summary>
    /// <exception cref="InvalidOperationException">Says what is missing, and the fix.</exception>
    public static AccessSettings From(IConfiguration configuration, IHostEnvironment environment)
    {
        var text = configuration["Access:Required"];
        var required = !environment.IsDevelopment();
        if (!string.IsNullOrWhiteSpace(text) && !bool.TryParse(text, out required))
            throw new InvalidOperationException($"Access:Required is '{text}': it must be true or false");
        if (!required) return new() { Required = false };

        var scheme = configuration.GetSection(Scheme);
        var hasAuthority = Values("Authority", "MetadataAddress").Count > 0;
        var issuers = Values("ValidIssuer", "ValidIssuers");
        if (!hasAuthority && issuers.Count == 0)
        {
            throw Problem(
                $"nobody is named who issues tokens: set {Scheme}:Authority to the address of the identity provider, "
                + $"or {Scheme}:ValidIssuer and {Scheme}:SigningKeys to an issuer and its keys");
        }

        var audiences = Values("Audience", "ValidAudience", "ValidAudiences");
        if (audiences.Count == 0)
            throw Problem($"it is not said for whom tokens are issued: set {Scheme}:ValidAudiences:0 to the audience that stands for this API");
        // Keys of other issuers are nobody's here.
        List<SecurityKey> keys = [.. scheme.GetSection("SigningKeys").GetChildren().Where(IsOfAnIssuer).Select(ReadKey)];
        if (!hasAuthority && keys.Count == 0)
        {
            throw Problem(
                $"there is no key to check signatures with: set {Scheme}:Authority to the address of the identity provider, "
                + $"or {Scheme}:SigningKeys to keys of a valid issuer (in development 'dotnet user-jwts create' does so)");
        }

        return new() { Required = true, Issuers = issuers, Audiences = audiences, SigningKeys = keys };

        bool IsOfAnIssuer(IConfigurationSection key) => key["Issuer"] is { } issuer && issuers.Contains(issuer);

        // A name stands for one value, or for a list of them.
        List<string> Values(params string[] names) =>
        [
            .. names.Select(scheme.GetSection)
                .SelectMany(section => section.GetChildren().Prepend(section))
                .Select(section => section.Value)
                .OfType<string>()
                .Where(value => !string.IsNullOrWhiteSpace(value)),
        ];
    }

    private static SymmetricSecurityKey ReadKey(IConfigurationSection key) =>
        key["Value"] is { } value && Base64.IsValid(value) && Convert.FromBase64String(value) is { Length: >= SigningKeyBytes } bytes
            ? new(bytes)
            : throw Problem(
                $"{key.Path}:Value is no key: give at least {SigningKeyBytes} bytes in Base64, "
                + $"for example from 'openssl rand -base64 {SigningKeyBytes}'");

    private static InvalidOperationException Problem(string problem) =>
        new($"access is required, but {problem}; or set Access:Required to false, and everybody may read everything");
}
