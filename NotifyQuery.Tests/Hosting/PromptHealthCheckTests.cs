using Microsoft.Extensions.Diagnostics.HealthChecks;
using NotifyQuery.AppHost;
using NotifyQuery.Tests.EventSource;

namespace NotifyQuery.Tests.Hosting;

public class PromptHealthCheckTests
{
    private readonly ManualTime time = new();

    [Fact]
    public async Task A_check_that_succeeds_is_made_once()
    {
        var check = new Answers(_ => HealthCheckResult.Healthy());

        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(check)).Status);
        Assert.Equal(1, check.Made);
    }

    [Fact]
    public async Task A_resource_is_healthy_as_soon_as_one_of_the_repeated_checks_succeeds()
    {
        var check = new Answers(made => made < 4 ? HealthCheckResult.Unhealthy() : HealthCheckResult.Healthy());
        var started = time.GetTimestamp();

        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(check)).Status);
        Assert.Equal(3 * PromptHealthCheck.Interval, time.GetElapsedTime(started));
    }

    [Fact]
    public async Task A_check_that_keeps_failing_fails_after_the_limit_with_its_last_reason()
    {
        var check = new Answers(made => HealthCheckResult.Unhealthy($"reason {made}"));
        var started = time.GetTimestamp();

        var result = await CheckAsync(check);

        Assert.Equal(PromptHealthCheck.Limit, time.GetElapsedTime(started));
        Assert.Equal(HealthStatus.Unhealthy, result.Status);
        Assert.Equal($"reason {check.Made}", result.Description);
    }

    [Fact]
    public async Task A_check_is_not_repeated_after_it_was_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        var check = new Answers(_ => HealthCheckResult.Unhealthy());
        var result = new PromptHealthCheck(check, time).CheckHealthAsync(new(), cancelled.Token);

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => result);
        Assert.Equal(1, check.Made);
    }

    /// <summary>Makes a check, and lets the time pass for which it waits.</summary>
    private async Task<HealthCheckResult> CheckAsync(Answers check)
    {
        var result = new PromptHealthCheck(check, time).CheckHealthAsync(new(), TestContext.Current.CancellationToken);
        while (!result.IsCompleted)
        {
            if (time.Waiting > 0)
                time.Advance(PromptHealthCheck.Interval);
            else
                await Task.Yield();
        }

        return await result;
    }

    private sealed class Answers(Func<int, HealthCheckResult> answer) : IHealthCheck
    {
        public int Made { get; private set; }

        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(answer(++Made));
    }
}
