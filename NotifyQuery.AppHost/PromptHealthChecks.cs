using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace NotifyQuery.AppHost;

internal static class PromptHealthChecksExtensions
{
    /// <summary>
    /// Detects at once that a resource is healthy. Aspire waits one second longer after each failed check: a resource that needs three
    /// seconds is reported healthy after six, and the resources that wait for it start late. Here a failing check is repeated for a while
    /// before it is reported.
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

/// <summary>Repeats a failing health check until it succeeds, for some seconds at most. Then the last result counts.</summary>
internal sealed class PromptHealthCheck(IHealthCheck check, TimeProvider time) : IHealthCheck
{
    /// <summary>How long a failing check is repeated.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <summary>
    /// The time between two checks: short compared with the start time, long compared with the processor time of a request.
    /// </summary>
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
