using Microsoft.Extensions.Diagnostics.HealthChecks;
using NotifyQuery.DynamoDB;
using NotifyQuery.EventSource.Delivery;
using OpenTelemetry;

namespace NotifyQuery.EventSource.Health;

/// <summary>Degraded while dead letters of today or yesterday are unresolved: something is missing from the query table.</summary>
internal sealed class DeadLetterHealth(FailureLog failures, TimeProvider time) : IHealthCheck
{
    // Several probes run this check every few seconds, so the result is cached.
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(2);

    private Answer? last;

    /// <summary>The last count; null when it is not known.</summary>
    public int? Counted => Volatile.Read(ref last)?.Count;

    /// <inheritdoc />
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        // Two concurrent probes may both run the count. Either result is valid.
        if (Volatile.Read(ref this.last) is { } last && time.GetUtcNow() - last.At < AskAgainAfter)
            return last.Result;
        var (result, count) = await AskAsync(cancellationToken);
        Volatile.Write(ref this.last, new(result, count, time.GetUtcNow()));
        return result;
    }

    private async Task<(HealthCheckResult Result, int? Count)> AskAsync(CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        using var untraced = SuppressInstrumentationScope.Begin();
        try
        {
            var (count, more) = await failures.CountUnsettledAsync(either.Token);
            return (
                count == 0 && !more
                    ? HealthCheckResult.Healthy()
                    : HealthCheckResult.Degraded(
                        $"{(more ? "At least " : "")}{count} dead letters of today and yesterday are not settled: see 'failures list'."
                    ),
                count
            );
        }
        catch (Exception exception) when (BackendRetry.IsRemote(exception, cancellationToken))
        {
            return (HealthCheckResult.Degraded($"projection-failures cannot be read: {exception.Message}"), null);
        }
    }

    private sealed record Answer(HealthCheckResult Result, int? Count, DateTimeOffset At);
}
