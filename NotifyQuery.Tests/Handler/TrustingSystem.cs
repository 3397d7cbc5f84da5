using System.Security.Cryptography;
using Amazon.Lambda.APIGatewayEvents;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.Lambdas.Query;
using NotifyQuery.Tests.Distributed;

namespace NotifyQuery.Tests.Handler;

/// <summary>A Handler that trusts a provider, and the Query function before it.</summary>
internal sealed class TrustingSystem : IAsyncDisposable
{
    private readonly RSA key;
    private readonly IdentityProvider identity;
    private readonly HandlerServer handler;
    private readonly HttpClient client;
    private readonly QueryFunction function;

    private TrustingSystem(ProviderTokens provider, RSA key, IdentityProvider identity)
    {
        Provider = provider;
        this.key = key;
        this.identity = identity;
        handler = HandlerServer.Trusting(
            identity.Address,
            [("Authentication:Schemes:Bearer:ValidAudiences:0", ""), ("Cors:Origins", "https://app.example.com"), .. provider.Settings]
        );
        client = new() { BaseAddress = handler.Address };
        function = new(client, NullLogger<QueryFunction>.Instance);
    }

    public ProviderTokens Provider { get; }

    public static async Task<TrustingSystem> StartAsync(string name)
    {
        var provider = ProviderTokens.All.Single(provider => provider.Name == name);
        var key = RSA.Create(2048);
        // First: a Handler that finds no provider remembers that for as long as it tells callers to wait.
        var identity = new IdentityProvider(key, provider.Issuer);
        await identity.StartAsync();
        var system = new TrustingSystem(provider, key, identity);
        await RunningSystem.EventuallyAsync(
            "the Handler has the keys",
            async () => (await system.handler.GetAsync("/health")).Status == 200
        );
        return system;
    }

    public string TokenOf(string subject, params string[] scopes) => Sign(Provider.Create(subject, scopes));

    /// <summary>The header with these claims, which the issuer and the times are added to.</summary>
    public string Sign(Dictionary<string, object> claims, string? issuer = null, TimeSpan? lifetime = null)
    {
        var end = DateTimeOffset.UtcNow + (lifetime ?? TimeSpan.FromHours(1));
        claims["iss"] = issuer ?? Provider.Issuer;
        claims["iat"] = end.AddHours(-2).ToUnixTimeSeconds();
        claims["exp"] = end.ToUnixTimeSeconds();
        return $"Bearer {identity.Sign(claims)}";
    }

    public async Task<(RawAnswer Direct, APIGatewayHttpApiV2ProxyResponse Through)> AskAsync(
        string target,
        string? authorization,
        string method = "GET",
        params string[] headers
    )
    {
        if (authorization is not null)
            headers = [$"Authorization: {authorization}", .. headers];
        var direct = await handler.SendAsync(method, target, headers);
        var (path, query) = target.Split('?') is [var before, var after] ? (before, after) : (target, "");
        var through = await function.HandleAsync(
            new()
            {
                Version = "2.0",
                RouteKey = "ANY /{proxy+}",
                RawPath = path,
                RawQueryString = query,
                PathParameters = new Dictionary<string, string> { ["proxy"] = path[1..] },
                Headers = headers
                    .Select(header => header.Split(": ", 2))
                    .ToDictionary(header => header[0].ToLowerInvariant(), header => header[1]),
                RequestContext = new()
                {
                    RouteKey = "ANY /{proxy+}",
                    Stage = "$default",
                    Http = new() { Method = method, Path = path },
                },
            },
            null!
        );
        return (direct, through);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        handler.Dispose();
        await identity.DisposeAsync();
        key.Dispose();
    }
}
