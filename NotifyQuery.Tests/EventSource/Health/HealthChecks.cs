using Microsoft.Extensions.Diagnostics.HealthChecks;
using NotifyQuery.EventSource.Health;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Makes a health check once.</summary>
internal static class HealthChecks
{
    public static Task<HealthCheckResult> CheckAsync(IHealthCheck check) =>
        check.CheckHealthAsync(new(), TestContext.Current.CancellationToken);

    public static Task<HealthCheckResult> CheckAsync(EventSourceStatus status) => CheckAsync(new EventSourceHealth(status));
}
