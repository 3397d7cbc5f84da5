using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using NotifyQuery.Handler.Access;
using NotifyQuery.Tests.Distributed;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Handler;

/// <summary>An identity provider that hangs or fails holds up nobody for longer than it must.</summary>
public sealed class ProviderKeysTests
{
    private const string ByCampaign = "/query/campaign?campaign_id=spring-sale";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_fetch_serves_all_who_wait()
    {
        using var provider = new Provider();
        var keys = KeysOf(provider, FakeTime.New());

        var waiting = Enumerable.Range(0, 10).Select(_ => keys.GetAsync(Token)).ToList();
        await provider.AskedAsync();
        var expected = new OpenIdConnectConfiguration();
        provider.Answer.SetResult(expected);

        Assert.All(await Task.WhenAll(waiting), found => Assert.Same(expected, found));
        Assert.Equal(1, provider.Asked);
    }

    [Fact]
    public async Task A_failure_is_remembered_for_as_long_as_callers_are_told_to_wait()
    {
        var time = FakeTime.New();
        using var provider = new Provider();
        var keys = KeysOf(provider, time);
        provider.Answer.SetException(new InvalidOperationException("no answer"));

        var first = await Assert.ThrowsAsync<ProviderUnreachableException>(() => keys.GetAsync(Token));
        time.Advance(ProviderKeys.Pause / 2);
        var second = await Assert.ThrowsAsync<ProviderUnreachableException>(() => keys.GetAsync(Token));

        Assert.Equal((ProviderKeys.Pause, ProviderKeys.Pause / 2, 1), (first.RetryAfter, second.RetryAfter, provider.Asked));

        provider.Answer = new();
        provider.Answer.SetResult(new());
        time.Advance(ProviderKeys.Pause / 2);
        Assert.Same(await keys.GetAsync(Token), keys.Known);
    }

    [Fact]
    public async Task A_caller_that_cancels_does_not_end_the_fetch_of_the_others()
    {
        using var provider = new Provider();
        var keys = KeysOf(provider, FakeTime.New());
        using var leaves = new CancellationTokenSource();
        var (gone, stays) = (keys.GetAsync(leaves.Token), keys.GetAsync(Token));

        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        provider.Answer.SetResult(new());

        Assert.NotNull(await stays);
    }

    [Fact]
    public async Task Ten_requests_wait_for_a_provider_that_hangs_no_longer_than_one()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var key = RSA.Create(2048);
        await using var provider = new IdentityProvider(key, new($"http://{silent.LocalEndpoint}"));
        using var handler = HandlerServer.Trusting(provider.Address, ("Authentication:Schemes:Bearer:BackchannelTimeout", "00:00:00.5"));
        var token = $"Authorization: Bearer {provider.Issue("support")}";

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => handler.GetAsync(ByCampaign, token)));

        Assert.All(answers, answer => Assert.Equal(503, answer.Status));
        Assert.All(
            answers,
            answer => Assert.InRange(int.Parse(answer.Header("retry-after")!, System.Globalization.CultureInfo.InvariantCulture), 1, 5)
        );
        var asked = 0;
        for (; silent.Pending(); asked++)
            (await silent.AcceptTcpClientAsync(Token)).Dispose();
        // one fetch, two on a slow machine, or none when its time was over before it began; not once for each request
        Assert.InRange(asked, 0, 5);
    }

    [Fact]
    public async Task A_Handler_is_ready_only_once_it_has_keys()
    {
        using var key = RSA.Create(2048);
        await using var provider = new IdentityProvider(key);
        using var handler = HandlerServer.Trusting(provider.Address);

        var fresh = await handler.GetAsync("/health");
        Assert.Equal(503, fresh.Status);
        Assert.Contains("token-keys: the identity provider's keys have not been fetched yet", fresh.Body, StringComparison.Ordinal);
        Assert.Equal(200, (await handler.GetAsync("/alive")).Status);

        await provider.StartAsync();
        await RunningSystem.EventuallyAsync(
            "it has fetched the keys without being asked",
            async () => (await handler.GetAsync("/health")).Status == 200
        );
    }

    [Fact]
    public async Task Tokens_that_need_no_provider_do_not_wait_for_one()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var handler = HandlerServer.Guarded(
            ("Authentication:Schemes:Bearer:Authority", $"http://{silent.LocalEndpoint}"),
            ("Authentication:Schemes:Bearer:RequireHttpsMetadata", "false"),
            ("Authentication:Schemes:Bearer:BackchannelTimeout", "00:02:00"),
            ("Access:UserIssuer", Tokens.Issuer)
        );

        var answer = await handler.GetAsync(ByCampaign, Tokens.Header("desk", "support")).WaitAsync(TimeSpan.FromMinutes(1), Token);

        Assert.Equal(200, answer.Status);
    }

    private static ProviderKeys KeysOf(Provider provider, TimeProvider time)
    {
        var keys = new ProviderKeys(time, NullLogger<ProviderKeys>.Instance);
        keys.From(provider);
        return keys;
    }

    private sealed class Provider : IConfigurationManager<OpenIdConnectConfiguration>, IDisposable
    {
        private readonly SemaphoreSlim asking = new(0);
        private int asked;

        public TaskCompletionSource<OpenIdConnectConfiguration> Answer { get; set; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Asked => Volatile.Read(ref asked);

        public Task AskedAsync() => asking.WaitAsync(Token);

        public Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
        {
            Interlocked.Increment(ref asked);
            asking.Release();
            return Answer.Task.WaitAsync(cancel);
        }

        public void Dispose() => asking.Dispose();

        public void RequestRefresh() { }
    }
}
