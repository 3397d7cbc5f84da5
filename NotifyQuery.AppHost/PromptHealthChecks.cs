using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace NotifyQuery.AppHost;

internal static class PromptHealthChecksExtensions
{
    /// <summary>
    /// Notices at once when a resource becomes healthy. Aspire waits one second longer after each failing check: a resource that needs
    /// three
    /// seconds is found healthy after six, and the resources that wait for it start late. With this class, a check repeats itself for a
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

/// <summary>Repeats a failing health check until it succeeds, for some seconds at most; then its last result counts.</summary>
internal sealed class PromptHealthCheck(IHealthCheck check, TimeProvider time) : IHealthCheck
{
    /// <summary>How long a failing check is repeated.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <summary>The time between two checks: short compared with a start, long compared with the processor time of a request.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var result = await check.CheckHealthAsync(context, cancellationToken);
            if (result.Status == HealthStatus.Healthy || time.GetElapsedTime(started) >= Limit)
                return result;
            await Task.Delay(Interval, time, cancellationToken);
        }
    }
}
