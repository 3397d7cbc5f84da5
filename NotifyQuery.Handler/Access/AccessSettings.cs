using System.Buffers.Text;

namespace NotifyQuery.Handler.Access;

/// <summary>Whether callers need a token. By whom tokens are issued stands where ASP.NET looks for it: <c>Authentication:Schemes:Bearer</c>.</summary>
/// <param name="Required"><c>Access:Required</c>; when it is not said, only in development no token is needed.</param>
internal sealed record AccessSettings(bool Required)
{
    public const string Scheme = "Authentication:Schemes:Bearer";

    // HS256 is as strong as its key: RFC 7518 asks for as many bits as the hash has.
    private const int SigningKeyBytes = 32;

    /// <summary>Reads the settings. Where access is required but tokens could not be checked, or not fully, the Handler must not start.</summary>
    /// <exception cref="InvalidOperationException">Says what is missing, and the cure.</exception>
    public static AccessSettings From(IConfiguration configuration, IHostEnvironment environment)
    {
        var text = configuration["Access:Required"];
        var required = !environment.IsDevelopment();
        if (!string.IsNullOrWhiteSpace(text) && !bool.TryParse(text, out required))
            throw new InvalidOperationException($"Access:Required is '{text}': it must be true or false");
        if (required && FindProblem(configuration.GetSection(Scheme)) is { } problem)
            throw new InvalidOperationException($"access is required, but {problem}; or set Access:Required to false, and everybody may read everything");
        return new(required);
    }

    private static string? FindProblem(IConfigurationSection scheme)
    {
        var hasAuthority = Has("Authority") || Has("MetadataAddress");
        var issuers = List("ValidIssuer");
        if (!hasAuthority && issuers.Count == 0)
            return $"nobody is named who issues tokens: set {Scheme}:Authority to the address of the identity provider, or {Scheme}:ValidIssuer and {Scheme}:SigningKeys to an issuer and its keys";
        if (List("ValidAudience").Count == 0 && !Has("Audience"))
            return $"it is not said for whom tokens are issued: set {Scheme}:ValidAudiences:0 to the audience that stands for this API";

        // Keys of other issuers are nobody's here: ASP.NET does not look at them either.
        var keys = scheme.GetSection("SigningKeys").GetChildren().Where(key => issuers.Contains(key["Issuer"])).ToList();
        foreach (var key in keys)
        {
            if (key["Value"] is not { } value || !Base64.IsValid(value) || Convert.FromBase64String(value).Length < SigningKeyBytes)
                return $"{key.Path}:Value is no key: give at least {SigningKeyBytes} bytes in Base64, for example from 'openssl rand -base64 {SigningKeyBytes}'";
        }

        return hasAuthority || keys.Count > 0
            ? null
            : $"there is no key to check signatures with: set {Scheme}:Authority to the address of the identity provider, or {Scheme}:SigningKeys to keys of a valid issuer (in development 'dotnet user-jwts create' does so)";

        bool Has(string name) => !string.IsNullOrWhiteSpace(scheme[name]);

        List<string?> List(string name) =>
            [.. scheme.GetSection(name + "s").GetChildren().Select(child => child.Value).Append(scheme[name]).Where(value => !string.IsNullOrWhiteSpace(value))];
    }
}
