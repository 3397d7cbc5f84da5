using System.Security.Claims;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Handler.Access;

/// <summary>
/// The claims of a provider's tokens. Providers agree on the issuer and the times, but on little else. Some have the audience in a claim of
/// their own. Scopes are one text, a list, or roles within an object, and their names depend on the provider. docs/api.md has a recipe for
/// each provider.
/// </summary>
internal sealed record TokenClaims
{
    private const string Audience = "aud";

    /// <summary>The claims with several scopes in one text, separated by spaces (RFC 8693; Entra and Okta call it <c>scp</c>).</summary>
    private static readonly string[] SeparatedByBlanks = ["scope", "scp"];

    /// <summary>The claim with the audience: <c>Access:AudienceClaim</c>; the default is <c>aud</c>.</summary>
    public string AudienceClaim { get; private init; } = Audience;

    /// <summary>The claim with the user id: <c>Access:SubjectClaim</c>; the default is <c>sub</c>.</summary>
    public string SubjectClaim { get; private init; } = "sub";

    /// <summary>
    /// The claims with scopes: <c>Access:ScopeClaims</c>. A dotted name is a path into an object: <c>realm_access.roles</c>.
    /// </summary>
    public IReadOnlyList<string> ScopeClaims { get; private init; } = SeparatedByBlanks;

    /// <summary>The provider's names for our scopes, where they differ: <c>Access:Scopes:&lt;scope&gt;</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> OtherNames { get; private init; } =
        new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Whether the audience is in the standard claim.</summary>
    public bool HasStandardAudience => AudienceClaim == Audience;

    /// <summary>Reads the section <c>Access</c>.</summary>
    /// <exception cref="InvalidOperationException">The message says what is wrong, and the fix.</exception>
    public static TokenClaims From(IConfiguration configuration)
    {
        var access = configuration.GetSection("Access");
        var standard = new TokenClaims();
        var scopes = access.GetSection("Scopes").GetChildren().ToList();
        if (scopes.Find(scope => !Caller.Scopes.Contains(scope.Key)) is { } unknown)
        {
            throw new InvalidOperationException(
                $"{unknown.Path} names an unknown scope: it must be Access:Scopes:<scope>, with one of {string.Join(", ", Caller.Scopes)}"
            );
        }

        return new()
        {
            AudienceClaim = Text(access["AudienceClaim"]) ?? standard.AudienceClaim,
            SubjectClaim = Text(access["SubjectClaim"]) ?? standard.SubjectClaim,
            ScopeClaims = List(access.GetSection("ScopeClaims"), ',', ' ') is { Count: > 0 } claims ? claims : standard.ScopeClaims,
            OtherNames = scopes
                .Select(scope => (scope.Key, Names: List(scope, ' ')))
                .Where(scope => scope.Names.Count > 0)
                .ToDictionary(scope => scope.Key, scope => (IReadOnlyList<string>)scope.Names, StringComparer.Ordinal),
        };
    }

    /// <summary>The provider's names of one of our scopes. A configured name replaces ours.</summary>
    public IReadOnlyList<string> NamesOf(string scope) => OtherNames.TryGetValue(scope, out var names) ? names : [scope];

    /// <summary>Which of our scopes a token grants.</summary>
    public IReadOnlyList<string> ScopesOf(ClaimsPrincipal user)
    {
        var granted = ScopeClaims.SelectMany(claim => ValuesOf(user, claim)).ToHashSet(StringComparer.Ordinal);
        return [.. Caller.Scopes.Where(scope => NamesOf(scope).Any(granted.Contains))];
    }

    /// <summary>The user id of a token; null if the token has none.</summary>
    public string? SubjectOf(ClaimsPrincipal user) => user.FindFirst(SubjectClaim)?.Value;

    /// <summary>A role may have spaces in its name, so only claims that are defined as lists separated by spaces are split.</summary>
    private static IEnumerable<string> ValuesOf(ClaimsPrincipal user, string claim)
    {
        var values = user.FindAll(claim).Select(found => found.Value).Concat(InObjects(user, claim));
        return SeparatedByBlanks.Contains(claim)
            ? values.SelectMany(value => value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            : values;
    }

    private static IEnumerable<string> InObjects(ClaimsPrincipal user, string path)
    {
        for (var dot = path.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = path.IndexOf('.', dot + 1))
        {
            var (name, rest) = (path[..dot], path[(dot + 1)..]);
            foreach (var claim in user.FindAll(name).Where(claim => claim.ValueType == JsonClaimValueTypes.Json))
            {
                using var json = JsonDocument.Parse(claim.Value);
                foreach (var value in Within(json.RootElement, rest).ToList())
                    yield return value;
            }
        }
    }

    /// <summary>The texts at a path. A name in the path may contain dots.</summary>
    private static IEnumerable<string> Within(JsonElement json, string path)
    {
        if (json.ValueKind is not JsonValueKind.Object)
            yield break;
        if (json.TryGetProperty(path, out var found))
        {
            if (found.ValueKind is JsonValueKind.String)
                yield return found.GetString()!;
            if (found.ValueKind is not JsonValueKind.Array)
                yield break;
            foreach (var item in found.EnumerateArray().Where(item => item.ValueKind is JsonValueKind.String))
                yield return item.GetString()!;
            yield break;
        }

        for (var dot = path.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = path.IndexOf('.', dot + 1))
        {
            if (!json.TryGetProperty(path[..dot], out var inner))
                continue;
            foreach (var value in Within(inner, path[(dot + 1)..]))
                yield return value;
        }
    }

    private static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();

    /// <summary>A single value, split, or a list with its items unchanged.</summary>
    private static List<string> List(IConfigurationSection section, params char[] separators) =>
        [
            .. (section.Value ?? "").Split(separators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            .. section.GetChildren().Select(item => Text(item.Value)).OfType<string>(),
        ];
}
