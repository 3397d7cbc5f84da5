using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.EventSource.Health;

/// <summary>
/// Distinguishes a stalled projection from a slow one. Stalled (unhealthy): records are waiting and none is done, or the stream cannot be
/// read. Slow (degraded): records are done, but too late. Paused (degraded): an operator or the configuration has paused delivery; the
/// stream stores its records for a day.
/// </summary>
internal sealed class EventSourceHealth(EventSourceStatus status) : IHealthCheck
{
    /// <summary>Longer than any successful invocation of the AppHost, whose time limit is 30 s.</summary>
    public static readonly TimeSpan StalledAfter = TimeSpan.FromMinutes(1);

    /// <summary>Twice the error of the creation times (DynamoDB Local truncates them to the minute).</summary>
    public static readonly TimeSpan SlowAfter = TimeSpan.FromMinutes(2);

    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Judge(status.Report()));

    private static HealthCheckResult Judge(StatusReport report)
    {
        if (report is { State: "paused" })
        {
            var who = report.Paused is { } paused ? $" since {Timestamp.Format(paused.Since)} by {paused.By}" : "";
            return HealthCheckResult.Degraded(
                $"Paused{who}: nothing is delivered until 'projection resume'. "
                    + "New changes wait in the stream for at most 24 hours: 'projection status' shows how long the oldest is still kept."
            );
        }

        var stalled = report
            .Shards.Where(shard => shard.Outstanding > 0 && shard.SecondsSinceProgress > StalledAfter.TotalSeconds)
            .ToList();
        if (stalled.Count > 0)
        {
            return HealthCheckResult.Unhealthy(
                $"Stalled: no record of {Names(stalled)} has been finished for "
                    + $"{Seconds(stalled.Max(shard => shard.SecondsSinceProgress))}, {stalled.Sum(shard => shard.Outstanding)} waiting: "
                    + $"{report.LastError ?? "the function does not respond"}."
            );
        }

        if (report.SecondsRestarting > StalledAfter.TotalSeconds)
        {
            return HealthCheckResult.Unhealthy(
                $"Stalled: the event source has been failing and restarting for {Seconds(report.SecondsRestarting)}: "
                    + $"{report.LastError ?? "see its log"}."
            );
        }

        var restarting = report.Shards.Where(shard => shard.SecondsRestarting > StalledAfter.TotalSeconds).ToList();
        if (restarting.Count > 0)
        {
            return HealthCheckResult.Unhealthy(
                $"Stalled: the consumer of {Names(restarting)} has been failing and restarting for "
                    + $"{Seconds(restarting.Max(shard => shard.SecondsRestarting))}: {report.LastError ?? "see its log"}."
            );
        }

        var unread = report.Shards.Where(shard => shard.SecondsUnreadable > StalledAfter.TotalSeconds).ToList();
        if (unread.Count > 0)
        {
            return HealthCheckResult.Unhealthy(
                $"Stalled: {Names(unread)} could not be read for {Seconds(unread.Max(shard => shard.SecondsUnreadable))}: "
                    + $"{report.LastError ?? "the stream does not respond"}."
            );
        }

        if (report.SecondsUnlisted > StalledAfter.TotalSeconds)
        {
            return HealthCheckResult.Unhealthy(
                $"Stalled: the shards of {report.StreamArn} could not be listed for {Seconds(report.SecondsUnlisted)}: "
                    + $"{report.LastError ?? "the stream does not respond"}."
            );
        }

        if (report is { State: "waiting_for_stream" } && report.SecondsInState > StalledAfter.TotalSeconds)
        {
            return HealthCheckResult.Unhealthy(
                $"Stalled: there has been no stream to read for {Seconds(report.SecondsInState)}: does the table exist, and is its stream "
                    + "enabled (NEW_AND_OLD_IMAGES)?"
            );
        }

        if (report is { State: "starting" } && report.SecondsInState > StalledAfter.TotalSeconds)
        {
            return HealthCheckResult.Unhealthy(
                $"Stalled: the lease has been neither acquired nor refused for {Seconds(report.SecondsInState)}: "
                    + $"{report.LastError ?? "stream-checkpoints does not respond"}."
            );
        }

        if (report.IteratorAgeSeconds > SlowAfter.TotalSeconds)
        {
            return HealthCheckResult.Degraded(
                $"Slow: records are being finished, but the oldest has waited for {Seconds(report.IteratorAgeSeconds)}: they are written "
                    + "faster than the function processes them, or the event source is catching up."
            );
        }

        return HealthCheckResult.Healthy(report.State);
    }

    private static string Names(IEnumerable<ShardReport> shards) => string.Join(", ", shards.Select(shard => shard.ShardId));

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:F0} s");
}
