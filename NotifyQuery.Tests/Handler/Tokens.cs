using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace NotifyQuery.Tests.Handler;

/// <summary>Issues tokens as an identity provider would, good ones and others.</summary>
internal static class Tokens
{
    public const string Issuer = "https://issuer.example.com";
    public const string Audience = "notifyquery";

    private static readonly byte[] Key = SHA256.HashData(Encoding.UTF8.GetBytes("the key of the tests"));

    /// <summary>What the Handler must be told to accept them.</summary>
    public static IReadOnlyList<(string Key, string Value)> Settings { get; } =
    [
        ("Access:Required", "true"),
        ("Authentication:Schemes:Bearer:ValidIssuer", Issuer),
        ("Authentication:Schemes:Bearer:ValidAudiences:0", Audience),
        ("Authentication:Schemes:Bearer:SigningKeys:0:Issuer", Issuer),
        ("Authentication:Schemes:Bearer:SigningKeys:0:Value", Convert.ToBase64String(Key)),
    ];

    /// <summary>The header with a good token of these scopes.</summary>
    public static string Header(string? subject, params string[] scopes) => $"Authorization: Bearer {Create(subject, scopes)}";

    /// <summary>A token with one thing that may be wrong.</summary>
    public static string Create(
        string? subject,
        object scopes,
        string issuer = Issuer,
        string audience = Audience,
        TimeSpan? lifetime = null,
        byte[]? key = null,
        bool signed = true,
        string? type = null,
        string? keyId = null
    )
    {
        var claims = new Dictionary<string, object> { ["scope"] = scopes };
        if (subject is not null)
            claims["sub"] = subject;
        var expires = DateTime.UtcNow + (lifetime ?? TimeSpan.FromHours(1));
        return new JsonWebTokenHandler().CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = issuer,
                Audience = audience,
                NotBefore = expires - TimeSpan.FromHours(2),
                IssuedAt = expires - TimeSpan.FromHours(2),
                Expires = expires,
                Claims = claims,
                SigningCredentials = signed
                    ? new(new SymmetricSecurityKey(key ?? Key) { KeyId = keyId }, SecurityAlgorithms.HmacSha256)
                    : null,
                TokenType = type,
            }
        );
    }

    /// <summary>Tokens that must not be let in, each with what is wrong with it.</summary>
    public static IEnumerable<(string Wrong, string Authorization)> Bad()
    {
        var good = Create("alice", "support");
        var parts = good.Split('.');
        var wrong = new (string, string)[]
        {
            ("expired", Create("alice", "support", lifetime: TimeSpan.FromMinutes(-30))),
            ("not valid yet", Create("alice", "support", lifetime: TimeSpan.FromHours(4))),
            ("another issuer", Create("alice", "support", issuer: "https://other.example.com")),
            ("another audience", Create("alice", "support", audience: "another-api")),
            ("another key", Create("alice", "support", key: SHA256.HashData("another"u8))),
            ("alg none", Create("alice", "support", signed: false)),
            ("signature cut off", $"{parts[0]}.{parts[1]}."),
            ("signature changed", $"{parts[0]}.{parts[1]}.{new string(parts[2].Reverse().ToArray())}"),
            (
                "claims changed",
                string.Join(
                    '.',
                    parts[0],
                    Base64UrlEncoder.Encode(Base64UrlEncoder.Decode(parts[1]).Replace("alice", "bobby", StringComparison.Ordinal)),
                    parts[2]
                )
            ),
            ("two parts", $"{parts[0]}.{parts[1]}"),
            ("garbage", "garbage"),
            ("garbage in three parts", "a.b.c"),
            ("nothing", ""),
            ("long garbage", new string('x', 4000)),
        };
        return
        [
            .. wrong.Select(token => (token.Item1, $"Authorization: Bearer {token.Item2}")),
            ("no scheme", $"Authorization: {good}"),
            ("another scheme", "Authorization: Basic YWxpY2U6c2VjcmV0"),
            ("empty", "Authorization:"),
            ("not ASCII", "Authorization: Bearer Zo\u00c3\u00ab"),
            ("absent", "X-Nothing: here"),
        ];
    }
}
