using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace NotifyQuery.Handler.Access;

/// <summary>A Handler without keys cannot validate tokens, so it is not ready.</summary>
internal sealed class ProviderKeysHealth(ProviderKeys keys) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            keys.Known is null
                ? HealthCheckResult.Unhealthy("the identity provider's keys have not been fetched yet, so no token can be checked")
                : HealthCheckResult.Healthy()
        );
}
