using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace NotifyQuery.AppHost;

internal static class PromptHealthChecksExtensions
{
    /// <summary>
    /// Notices at once when a resource has become healthy. Aspire waits one second longer after each check that fails, so that what needs
    /// three seconds is found to be healthy after six, and whatever waits for it starts late. With this a check asks again by itself for a
    /// while before it fails.
    /// </summary>
    public static void CheckHealthPromptly(this IDistributedApplicationBuilder builder) =>
        builder.Services.PostConfigure<HealthCheckServiceOptions>(options =>
        {
            foreach (var registration in options.Registrations)
            {
                var create = registration.Factory;
                registration.Factory = services => new PromptHealthCheck(create(services), TimeProvider.System);
            }
        });
}

/// <summary>Repeats a health check that fails until it succeeds, for some seconds at most; then its last result counts.</summary>
internal sealed class PromptHealthCheck(IHealthCheck check, TimeProvider time) : IHealthCheck
{
    /// <summary>How long a check that fails is repeated.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <summary>The time between two of them: short against a start, and long against the processor time of a request.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var result = await check.CheckHealthAsync(context, cancellationToken);
            if (result.Status == HealthStatus.Healthy || time.GetElapsedTime(started) >= Limit) return result;
            await Task.Delay(Interval, time, cancellationToken);
        }
    }
}
