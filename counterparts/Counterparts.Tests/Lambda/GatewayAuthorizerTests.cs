using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Amazon.Lambda.TestTool.Emulator;
using Amazon.Lambda.TestTool.Gateway;
using static Counterparts.Tests.Lambda.GatewayCalls;

namespace Counterparts.Tests.Lambda;

/// <summary>The gateway's JWT authorizer, as in an HTTP API; the issuer and the function are simulated.</summary>
public sealed class GatewayAuthorizerTests : IAsyncLifetime
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private TokenIssuer _issuer = null!;
    private LambdaEmulator _emulator = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _issuer = await TokenIssuer.StartAsync();
        _emulator = await LambdaEmulator.StartAsync(new EmulatorOptions(), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _emulator.DisposeAsync();
        await _issuer.DisposeAsync();
    }

    [Fact]
    public async Task A_good_token_reaches_the_function_with_its_claims_as_texts()
    {
        await using var gateway = await StartAsync();

        var context = (await _client.EventOfAsync(_emulator, gateway, "/query/user", _issuer.Token()))["requestContext"]!;

        var claims = context["authorizer"]!["jwt"]!["claims"]!;
        Assert.Equal("alice", (string?)claims["sub"]);
        Assert.Equal("[web mobile]", (string?)claims["aud"]);
        Assert.Equal(JsonValueKind.String, claims["exp"]!.GetValueKind());
        Assert.Null(context["authorizer"]!["jwt"]!["scopes"]);
        Assert.Equal("$default", (string?)context["stage"]);
    }

    [Fact]
    public async Task The_issuers_keys_are_fetched_once()
    {
        await using var gateway = await StartAsync();

        for (var i = 0; i < 3; i++)
            await _client.EventOfAsync(_emulator, gateway, "/query/user", _issuer.Token());

        Assert.Equal(1, _issuer.Fetched);
    }

    [Theory]
    [InlineData("GET", "/query/user")]
    [InlineData("OPTIONS", "/query/user")] // a browser's preflight carries no token
    [InlineData("GET", "/health")]
    public async Task Without_a_token_no_request_of_the_routes_gets_through_not_even_a_preflight(string method, string path)
    {
        await using var gateway = await StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(gateway.Address, path));

        using var response = await _client.SendAsync(request, Cancelled);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("""{"message":"Unauthorized"}""", await response.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        Assert.False(response.Headers.Contains("access-control-allow-origin"));
    }

    [Fact]
    public async Task Each_thing_that_is_wrong_with_a_token_is_refused()
    {
        await using var gateway = await StartAsync();
        using var another = RSA.Create(2048);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        foreach (
            var (wrong, token) in (IEnumerable<(string, string)>)
                [
                    ("expired", _issuer.Token(claims => claims["exp"] = now - 1)),
                    ("no end", _issuer.Token(claims => claims.AsObject().Remove("exp"))),
                    ("not valid yet", _issuer.Token(claims => claims["nbf"] = now + 60)),
                    ("issued in the future", _issuer.Token(claims => claims["iat"] = now + 60)),
                    ("another issuer", _issuer.Token(claims => claims["iss"] = "https://other.example.com")),
                    ("an issuer that differs by a slash", _issuer.Token(claims => claims["iss"] = _issuer.Url + "/")),
                    ("another audience", _issuer.Token(claims => claims["aud"] = "another")),
                    ("no audience", _issuer.Token(claims => claims.AsObject().Remove("aud"))),
                    ("client_id beside another aud", _issuer.Token(claims => (claims["aud"], claims["client_id"]) = ("another", "web"))),
                    ("another key", _issuer.Token(key: another)),
                    ("an unknown key id", _issuer.Token(header: """{"alg":"RS256","kid":"two"}""")),
                    ("no key id", _issuer.Token(header: """{"alg":"RS256"}""")),
                    ("HS256", _issuer.Token(header: """{"alg":"HS256","kid":"one"}""")),
                    ("alg none", _issuer.Token(header: """{"alg":"none","kid":"one"}""")),
                    ("garbage", "garbage"),
                    ("garbage in three parts", "a.b.c"),
                ]
        )
        {
            using var response = await _client.AskAsync(gateway, "/query/user", token);

            Assert.True(response.StatusCode is HttpStatusCode.Unauthorized, $"{wrong}: {response.StatusCode}");
            Assert.Contains("error=\"invalid_token\"", response.Headers.GetValues("www-authenticate").Single(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Where_there_is_no_aud_the_client_id_counts()
    {
        await using var gateway = await StartAsync();

        await _client.EventOfAsync(
            _emulator,
            gateway,
            "/query/user",
            _issuer.Token(claims =>
            {
                claims.AsObject().Remove("aud");
                claims["client_id"] = "other";
            })
        );
    }

    [Theory]
    [InlineData("scope", "openid support", true)]
    [InlineData("scp", "support", true)]
    [InlineData("scope", "openid", false)]
    public async Task A_route_that_wants_a_scope_gets_one_of_scope_or_scp(string claim, string value, bool granted)
    {
        await using var gateway = await StartAsync(scopes: ["support", "campaign"]);
        var token = _issuer.Token(claims => claims[claim] = value);
        if (granted)
        {
            await _client.EventOfAsync(_emulator, gateway, "/query/user", token);
            return;
        }

        using var response = await _client.AskAsync(gateway, "/query/user", token);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("""{"message":"Forbidden"}""", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task With_an_issuer_that_does_not_answer_every_request_is_refused()
    {
        await using var gateway = await StartAsync();
        await _issuer.StopAsync(Cancelled);

        using var response = await _client.AskAsync(gateway, "/query/user", _issuer.Token());

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private Task<ApiGateway> StartAsync(params string[] scopes) =>
        ApiGateway.StartAsync(
            new GatewayOptions { Routes = RoutesTo(_emulator), Jwt = new(_issuer.Url, ["web", "other"], [.. scopes]) },
            Cancelled
        );
}
