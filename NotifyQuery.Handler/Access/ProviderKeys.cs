using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace NotifyQuery.Handler.Access;

/// <summary>The identity provider's keys could not be fetched.</summary>
internal sealed class ProviderUnreachableException(TimeSpan retryAfter, Exception cause)
    : Exception("the configuration and keys of the identity provider could not be fetched", cause)
{
    /// <summary>When the next fetch is allowed: until then the failure is cached.</summary>
    public TimeSpan RetryAfter => retryAfter;
}

/// <summary>
/// The identity provider's configuration and keys. One fetch serves all waiting requests. A failure is cached for a short time: otherwise
/// requests would wait one after another while the provider is unreachable. After the first success, the keys are refreshed in the
/// background.
/// </summary>
internal sealed partial class ProviderKeys(TimeProvider time, ILogger<ProviderKeys> logger, AccessSettings? settings = null)
{
    /// <summary>How long a failure is cached.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly Lock state = new();
    private IConfigurationManager<OpenIdConnectConfiguration>? provider;
    private Task<OpenIdConnectConfiguration>? fetch;
    private Exception? failure;
    private DateTimeOffset askAgainAt;
    private volatile OpenIdConnectConfiguration? known;

    /// <summary>The result of the last fetch; null before the first success.</summary>
    public OpenIdConnectConfiguration? Known => known;

    /// <summary>Sets the source of the configuration.</summary>
    public void From(IConfigurationManager<OpenIdConnectConfiguration>? manager) => provider = manager;

    /// <summary>The configuration. Waits for the first fetch.</summary>
    /// <exception cref="ProviderUnreachableException">The fetch failed, now or recently.</exception>
    public async Task<OpenIdConnectConfiguration> GetAsync(CancellationToken cancellationToken)
    {
        if (known is not null)
            return known = await Provider.GetConfigurationAsync(cancellationToken);
        Task<OpenIdConnectConfiguration> first;
        lock (state)
        {
            var now = time.GetUtcNow();
            if (failure is not null && now < askAgainAt)
                throw new ProviderUnreachableException(askAgainAt - now, failure);
            if (fetch is not { IsCompleted: false })
                fetch = Task.Run(FetchAsync, CancellationToken.None);
            first = fetch;
        }

        return await first.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Requests a refresh when a token has an unknown key id, because the provider may have a new key. The provider is called at most every
    /// few minutes.
    /// </summary>
    public void RequestRefresh() => Provider.RequestRefresh();

    private IConfigurationManager<OpenIdConnectConfiguration> Provider =>
        provider ?? throw new InvalidOperationException("no identity provider is configured");

    /// <summary>
    /// Not cancelled with a request, because other requests wait for the same fetch. Only the provider call's timeout ends it.
    /// </summary>
    private async Task<OpenIdConnectConfiguration> FetchAsync()
    {
        try
        {
            var configuration = await Provider.GetConfigurationAsync(CancellationToken.None);
            lock (state)
                (known, failure) = (configuration, null);
            CompareIssuer(configuration.Issuer);
            return configuration;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException) // any failure of the fetch
        {
            lock (state)
                (failure, askAgainAt) = (exception, time.GetUtcNow() + Pause);
            LogUnreachable(logger, exception);
            throw new ProviderUnreachableException(Pause, exception);
        }
    }

    /// <summary>
    /// Warns about a configured issuer that differs from the provider's only by a trailing slash. Issuers are compared exactly, so no
    /// token, or no user, would be recognized.
    /// </summary>
    private void CompareIssuer(string? issuer)
    {
        var named = settings is null ? [] : settings.Issuers.Append(settings.UserIssuer).OfType<string>();
        if (named.FirstOrDefault(it => it != issuer && it.TrimEnd('/') == issuer?.TrimEnd('/')) is { } almost)
            LogAlmostTheSame(logger, almost, issuer);
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The configured issuer is '{Configured}', but the identity provider and its tokens use '{Issuer}': they differ by a slash. "
            + "Configure the issuer that the provider uses"
    )]
    private static partial void LogAlmostTheSame(ILogger logger, string configured, string? issuer);

    [LoggerMessage(LogLevel.Error, "Tokens cannot be checked: the identity provider's configuration and keys could not be fetched")]
    private static partial void LogUnreachable(ILogger logger, Exception exception);
}

/// <summary>Fetches the keys at startup, so that the first request does not have to wait.</summary>
internal sealed class ProviderKeysAtStart(ProviderKeys keys, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (keys.Known is null)
        {
            try
            {
                await keys.GetAsync(stoppingToken);
            }
            catch (ProviderUnreachableException exception)
            {
                await Task.Delay(exception.RetryAfter, time, stoppingToken);
            }
        }
    }
}
