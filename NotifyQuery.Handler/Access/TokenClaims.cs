using System.Security.Claims;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Handler.Access;

/// <summary>
/// What stands where in a provider's tokens. Providers agree on the issuer and the times, and on little else: some name the audience in a
/// claim of their own, scopes are one text, a list, or roles within an object, and their names belong to the provider. docs/api.md has a
/// recipe for each.
/// </summary>
internal sealed record TokenClaims
{
    private const string Audience = "aud";

    /// <summary>
    /// The claims in which a text holds several scopes, separated by blanks (RFC 8693; <c>scp</c> is what Entra and Okta call it).
    /// </summary>
    private static readonly string[] SeparatedByBlanks = ["scope", "scp"];

    /// <summary>The claim that says for whom a token is issued: <c>Access:AudienceClaim</c>, <c>aud</c> unless it is said.</summary>
    public string AudienceClaim { get; private init; } = Audience;

    /// <summary>The claim that names the user: <c>Access:SubjectClaim</c>, <c>sub</c> unless it is said.</summary>
    public string SubjectClaim { get; private init; } = "sub";

    /// <summary>The claims with scopes: <c>Access:ScopeClaims</c>. A dotted name leads into an object: <c>realm_access.roles</c>.</summary>
    public IReadOnlyList<string> ScopeClaims { get; private init; } = SeparatedByBlanks;

    /// <summary>What the provider calls a scope, for those that it calls by another name: <c>Access:Scopes:&lt;scope&gt;</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> OtherNames { get; private init; } =
        new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Whether the audience stands where the libraries look for it.</summary>
    public bool HasStandardAudience => AudienceClaim == Audience;

    /// <summary>Reads section <c>Access</c>.</summary>
    /// <exception cref="InvalidOperationException">Says what is wrong, and the fix.</exception>
    public static TokenClaims From(IConfiguration configuration)
    {
        var access = configuration.GetSection("Access");
        var standard = new TokenClaims();
        var scopes = access.GetSection("Scopes").GetChildren().ToList();
        if (scopes.Find(scope => !Caller.Scopes.Contains(scope.Key)) is { } unknown)
        {
            throw new InvalidOperationException(
                $"{unknown.Path} names no scope: it must be Access:Scopes: and one of {string.Join(", ", Caller.Scopes)}"
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

    /// <summary>The names under which a provider grants one of our scopes: another name replaces our own.</summary>
    public IReadOnlyList<string> NamesOf(string scope) => OtherNames.TryGetValue(scope, out var names) ? names : [scope];

    /// <summary>Our scopes that a token grants.</summary>
    public IReadOnlyList<string> ScopesOf(ClaimsPrincipal user)
    {
        var granted = ScopeClaims.SelectMany(claim => ValuesOf(user, claim)).ToHashSet(StringComparer.Ordinal);
        return [.. Caller.Scopes.Where(scope => NamesOf(scope).Any(granted.Contains))];
    }

    /// <summary>The user that a token names; null if it names none.</summary>
    public string? SubjectOf(ClaimsPrincipal user) => user.FindFirst(SubjectClaim)?.Value;

    /// <summary>A role may have blanks in its name: only what is defined to be a list separated by them is taken apart.</summary>
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

    /// <summary>The texts at a path; a name in it may have dots itself.</summary>
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

    /// <summary>One value that is taken apart, or a list whose items are taken as they are.</summary>
    private static List<string> List(IConfigurationSection section, params char[] separators) =>
        [
            .. (section.Value ?? "").Split(separators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            .. section.GetChildren().Select(item => Text(item.Value)).OfType<string>(),
        ];
}
