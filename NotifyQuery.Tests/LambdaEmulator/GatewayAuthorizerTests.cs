using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using NotifyQuery.LambdaEmulator.Functions;
using NotifyQuery.LambdaEmulator.Gateway;
using static NotifyQuery.Tests.LambdaEmulator.GatewayCalls;

namespace NotifyQuery.Tests.LambdaEmulator;

/// <summary>The gateway's JWT authorizer, as in an HTTP API; the issuer and the function are simulated.</summary>
public sealed class GatewayAuthorizerTests : IAsyncLifetime
{
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false });
    private TokenIssuer issuer = null!;
    private LambdaService lambda = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        issuer = await TokenIssuer.StartAsync();
        lambda = await LambdaService.StartAsync(new LambdaServiceOptions(), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await lambda.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Fact]
    public async Task A_good_token_reaches_the_function_with_its_claims_as_texts()
    {
        await using var gateway = await StartAsync();

        var context = (await client.EventOfAsync(lambda, gateway, "/query/user", issuer.Token()))["requestContext"]!;

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
            await client.EventOfAsync(lambda, gateway, "/query/user", issuer.Token());

        Assert.Equal(1, issuer.Fetched);
    }

    [Theory]
    [InlineData("GET", "/query/user")]
    [InlineData("OPTIONS", "/query/user")] // a browser's preflight carries no token
    [InlineData("GET", "/health")]
    public async Task Without_a_token_no_request_of_the_routes_gets_through_not_even_a_preflight(string method, string path)
    {
        await using var gateway = await StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(gateway.Address, path));

        using var response = await client.SendAsync(request, Cancelled);

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
                    ("expired", issuer.Token(claims => claims["exp"] = now - 1)),
                    ("no end", issuer.Token(claims => claims.AsObject().Remove("exp"))),
                    ("not valid yet", issuer.Token(claims => claims["nbf"] = now + 60)),
                    ("issued in the future", issuer.Token(claims => claims["iat"] = now + 60)),
                    ("another issuer", issuer.Token(claims => claims["iss"] = "https://other.example.com")),
                    ("an issuer that differs by a slash", issuer.Token(claims => claims["iss"] = issuer.Url + "/")),
                    ("another audience", issuer.Token(claims => claims["aud"] = "another")),
                    ("no audience", issuer.Token(claims => claims.AsObject().Remove("aud"))),
                    ("client_id beside another aud", issuer.Token(claims => (claims["aud"], claims["client_id"]) = ("another", "web"))),
                    ("another key", issuer.Token(key: another)),
                    ("an unknown key id", issuer.Token(header: """{"alg":"RS256","kid":"two"}""")),
                    ("no key id", issuer.Token(header: """{"alg":"RS256"}""")),
                    ("HS256", issuer.Token(header: """{"alg":"HS256","kid":"one"}""")),
                    ("alg none", issuer.Token(header: """{"alg":"none","kid":"one"}""")),
                    ("garbage", "garbage"),
                    ("garbage in three parts", "a.b.c"),
                ]
        )
        {
            using var response = await client.AskAsync(gateway, "/query/user", token);

            Assert.True(response.StatusCode is HttpStatusCode.Unauthorized, $"{wrong}: {response.StatusCode}");
            Assert.Contains("error=\"invalid_token\"", response.Headers.GetValues("www-authenticate").Single(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Where_there_is_no_aud_the_client_id_counts()
    {
        await using var gateway = await StartAsync();

        await client.EventOfAsync(
            lambda,
            gateway,
            "/query/user",
            issuer.Token(claims =>
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
        var token = issuer.Token(claims => claims[claim] = value);
        if (granted)
        {
            await client.EventOfAsync(lambda, gateway, "/query/user", token);
            return;
        }

        using var response = await client.AskAsync(gateway, "/query/user", token);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("""{"message":"Forbidden"}""", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task With_an_issuer_that_does_not_answer_every_request_is_refused()
    {
        await using var gateway = await StartAsync();
        await issuer.StopAsync(Cancelled);

        using var response = await client.AskAsync(gateway, "/query/user", issuer.Token());

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private Task<ApiGateway> StartAsync(params string[] scopes) =>
        ApiGateway.StartAsync(
            new GatewayOptions { Routes = RoutesTo(lambda), Jwt = new(issuer.Url, ["web", "other"], [.. scopes]) },
            Cancelled
        );
}
