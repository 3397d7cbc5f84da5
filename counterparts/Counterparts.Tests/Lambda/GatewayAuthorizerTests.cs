using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.Lambda.TestTool;
using Amazon.Lambda.TestTool.Emulator;
using Amazon.Lambda.TestTool.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Counterparts.Tests.Lambda;

/// <summary>The gateway's JWT authorizer and its stage, as in an HTTP API; the issuer and the function are simulated.</summary>
public sealed class GatewayAuthorizerTests : IAsyncLifetime
{
    private readonly RSA _key = RSA.Create(2048);
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private WebApplication _issuer = null!;
    private LambdaEmulator _emulator = null!;
    private int _fetched;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Issuer => _issuer.Urls.First();

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _issuer = builder.Build();
        _issuer.MapGet(
            "/.well-known/openid-configuration",
            () =>
            {
                Interlocked.Increment(ref _fetched);
                return Results.Text($$"""{"issuer":"{{Issuer}}","jwks_uri":"{{Issuer}}/keys"}""", "application/json");
            }
        );
        var it = _key.ExportParameters(false);
        _issuer.MapGet(
            "/keys",
            () =>
                Results.Text(
                    $$"""{"keys":[{"kty":"EC","kid":"other"},{"kty":"RSA","kid":"one","n":"{{Base64Url.EncodeToString(it.Modulus)}}","e":"{{Base64Url.EncodeToString(it.Exponent)}}"}]}""",
                    "application/json"
                )
        );
        await _issuer.StartAsync();
        _emulator = await LambdaEmulator.StartAsync(new EmulatorOptions(), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _emulator.DisposeAsync();
        await _issuer.DisposeAsync();
        _key.Dispose();
    }

    [Fact]
    public async Task A_good_token_reaches_the_function_with_its_claims_as_texts()
    {
        await using var gateway = await StartAsync();

        var context = (await EventOfAsync(gateway, "/query/user", Token()))["requestContext"]!;

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
            await EventOfAsync(gateway, "/query/user", Token());

        Assert.Equal(1, _fetched);
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
                    ("expired", Token(claims => claims["exp"] = now - 1)),
                    ("no end", Token(claims => claims.AsObject().Remove("exp"))),
                    ("not valid yet", Token(claims => claims["nbf"] = now + 60)),
                    ("issued in the future", Token(claims => claims["iat"] = now + 60)),
                    ("another issuer", Token(claims => claims["iss"] = "https://other.example.com")),
                    ("an issuer that differs by a slash", Token(claims => claims["iss"] = Issuer + "/")),
                    ("another audience", Token(claims => claims["aud"] = "another")),
                    ("no audience", Token(claims => claims.AsObject().Remove("aud"))),
                    ("client_id beside another aud", Token(claims => (claims["aud"], claims["client_id"]) = ("another", "web"))),
                    ("another key", Token(key: another)),
                    ("an unknown key id", Token(header: """{"alg":"RS256","kid":"two"}""")),
                    ("no key id", Token(header: """{"alg":"RS256"}""")),
                    ("HS256", Token(header: """{"alg":"HS256","kid":"one"}""")),
                    ("alg none", Token(header: """{"alg":"none","kid":"one"}""")),
                    ("garbage", "garbage"),
                    ("garbage in three parts", "a.b.c"),
                ]
        )
        {
            using var response = await AskAsync(gateway, "/query/user", token);

            Assert.True(response.StatusCode is HttpStatusCode.Unauthorized, $"{wrong}: {response.StatusCode}");
            Assert.Contains("error=\"invalid_token\"", response.Headers.GetValues("www-authenticate").Single(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Where_there_is_no_aud_the_client_id_counts()
    {
        await using var gateway = await StartAsync();

        await EventOfAsync(
            gateway,
            "/query/user",
            Token(claims =>
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
        var token = Token(claims => claims[claim] = value);
        if (granted)
        {
            await EventOfAsync(gateway, "/query/user", token);
            return;
        }

        using var response = await AskAsync(gateway, "/query/user", token);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("""{"message":"Forbidden"}""", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task With_an_issuer_that_does_not_answer_every_request_is_refused()
    {
        await using var gateway = await StartAsync();
        await _issuer.StopAsync(Cancelled);

        using var response = await AskAsync(gateway, "/query/user", Token());

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Theory]
    [InlineData("prod", "", "/prod/query/user", "/prod/query/user")]
    [InlineData("prod", "", "/prod", "/prod")]
    [InlineData("prod", "v1", "/v1/query/user", "/v1/query/user")] // of a custom domain: the stage does not stand in the path
    [InlineData("$default", "orders/v1", "/orders/v1/query/user", "/orders/v1/query/user")]
    public async Task The_stage_or_the_mapping_key_stands_in_the_path_of_the_event_and_not_in_the_routes(
        string stage,
        string key,
        string path,
        string rawPath
    )
    {
        await using var gateway = await ApiGateway.StartAsync(
            new GatewayOptions
            {
                Routes = Routes,
                Stage = stage,
                MappingKey = key,
            },
            Cancelled
        );

        var payload = await EventOfAsync(gateway, path);

        Assert.Equal(
            (rawPath, rawPath, stage),
            (
                (string?)payload["rawPath"],
                (string?)payload["requestContext"]!["http"]!["path"],
                (string?)payload["requestContext"]!["stage"]
            )
        );
        Assert.Equal("ANY /{proxy+}", (string?)payload["routeKey"]);
        if (path.Contains("query", StringComparison.Ordinal))
            Assert.Equal("query/user", (string?)payload["pathParameters"]!["proxy"]);
    }

    [Theory]
    [InlineData("/query/user")]
    [InlineData("/production/query/user")]
    [InlineData("/Prod/query/user")]
    public async Task Without_the_stage_there_is_nothing(string path)
    {
        await using var gateway = await ApiGateway.StartAsync(new GatewayOptions { Routes = Routes, Stage = "prod" }, Cancelled);

        using var response = await AskAsync(gateway, path);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public void The_environment_says_stage_and_authorizer()
    {
        var options = new GatewayOptions { Routes = Routes }.With(
            new Dictionary<string, string>
            {
                ["APIGATEWAY_EMULATOR_STAGE"] = "prod",
                ["APIGATEWAY_EMULATOR_JWT_ISSUER"] = "https://issuer.example.com/",
                ["APIGATEWAY_EMULATOR_JWT_AUDIENCE"] = "web, mobile",
            }
        );

        Assert.Equal(("prod", "/prod", "https://issuer.example.com/"), (options.Stage, options.Prefix, options.Jwt!.Issuer));
        Assert.Equal(["web", "mobile"], options.Jwt.Audience);
        Assert.Null(
            new GatewayOptions { Routes = Routes }
                .With(new Dictionary<string, string>())
                .Jwt
        );
        Assert.Throws<UsageException>(() =>
            new GatewayOptions { Routes = Routes }.With(
                new Dictionary<string, string> { ["APIGATEWAY_EMULATOR_JWT_ISSUER"] = "https://issuer.example.com" }
            )
        );
    }

    private RouteTable Routes => new([new("Query", "ANY", "/{proxy+}", _emulator.Address)]);

    private Task<ApiGateway> StartAsync(params string[] scopes) =>
        ApiGateway.StartAsync(new GatewayOptions { Routes = Routes, Jwt = new(Issuer, ["web", "other"], [.. scopes]) }, Cancelled);

    private string Token(Action<JsonNode>? change = null, RSA? key = null, string header = """{"alg":"RS256","kid":"one"}""")
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        JsonNode claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["sub"] = "alice",
            ["aud"] = new JsonArray("web", "mobile"),
            ["iat"] = now - 5,
            ["nbf"] = now - 5,
            ["exp"] = now + 300,
        };
        change?.Invoke(claims);
        var signed =
            $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}"
            + $".{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        var signature = (key ?? _key).SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private async Task<HttpResponseMessage> AskAsync(ApiGateway gateway, string path, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Address, path));
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _client.SendAsync(request, Cancelled);
    }

    private async Task<JsonNode> EventOfAsync(ApiGateway gateway, string path, string? token = null)
    {
        using var function = new RuntimeClient(_emulator, "Query");
        var asked = AskAsync(gateway, path, token);
        var next = function.NextAsync(Cancelled);
        if (await Task.WhenAny(asked, next) == asked)
            Assert.Fail($"the function was not invoked: {(await asked).StatusCode} {(await asked).Headers}");
        var (requestId, payload, _) = await next;
        using var accepted = await function.RespondAsync(requestId, "{}", Cancelled);
        using var response = await asked;
        return JsonNode.Parse(payload)!;
    }
}
