using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.AppHost;

/// <summary>Marks a resource that runs once and ends.</summary>
/// <param name="Doing">The message while it runs; null for none.</param>
internal sealed record RunsOnceAnnotation(string? Doing) : IResourceAnnotation;

internal static class RunsOnceExtensions
{
    /// <summary>Reports the resource as done when it has ended, and not as ready while it runs.</summary>
    public static IResourceBuilder<T> RunsOnce<T>(this IResourceBuilder<T> builder, string? doing = null)
        where T : IResource => builder.WithAnnotation(new RunsOnceAnnotation(doing), ResourceAnnotationMutationBehavior.Replace);
}

/// <summary>
/// Reports at the terminal when a resource becomes ready, and when one fails: with the exit code, the last lines of output, and the
/// resources that wait for it. Also reports a resource that runs but stays unhealthy.
/// </summary>
internal sealed partial class ResourceReport(
    ReportLines lines,
    DistributedApplicationModel model,
    ResourceNotificationService notifications,
    ResourceLoggerService logs,
    IHostApplicationLifetime lifetime,
    ILogger<ResourceReport> logger
) : Watcher(lifetime, logger)
{
    private const int LastLines = 10;
    private static readonly TimeSpan LongUnhealthy = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, long> unhealthySince = new(StringComparer.Ordinal);

    protected override async Task WatchAsync(CancellationToken stoppingToken)
    {
        // If one of them fails, the other ends too.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        Task[] tasks = [ReportOutcomesAsync(ended.Token), ReportUnhealthyAsync(ended.Token)];
        await Task.WhenAny(tasks);
        await ended.CancelAsync();
        foreach (var task in tasks)
            await task;
    }

    private async Task ReportOutcomesAsync(CancellationToken cancellationToken)
    {
        var shown = new Dictionary<string, string>(StringComparer.Ordinal);
        var reasons = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var change in notifications.WatchAsync(cancellationToken))
        {
            if (change.Snapshot is { IsHidden: true } or { ResourceType: "Parameter" })
                continue;
            var name = change.Resource.Name;
            if (IsUnhealthy(change.Snapshot))
                unhealthySince.TryAdd(name, TimeProvider.System.GetTimestamp());
            else
                unhealthySince.TryRemove(name, out _);

            if (Outcome(change.Resource, change.Snapshot) is not { } outcome)
            {
                // The resource starts again: its next state is reported, even if it is the same as before.
                if (change.Snapshot.State?.Text == KnownResourceStates.Starting)
                    shown.Remove(name);
                continue;
            }

            if (shown.GetValueOrDefault(name) == outcome)
                continue;
            shown[name] = outcome;
            lines.Write(name, outcome);
            if (!IsFailure(change.Snapshot))
                continue;
            var reason = await LastLinesAsync(logs.GetAllAsync(change.Resource), logger, cancellationToken);
            if (reasons.GetValueOrDefault(name) == reason)
                continue; // the resource was restarted, and failed as before
            reasons[name] = reason;
            lines.Write(reason);
            foreach (var waiting in WaitingFor(change.Resource, shown))
                lines.Write(waiting, $"waits for {name}");
        }
    }

    private async Task ReportUnhealthyAsync(CancellationToken cancellationToken)
    {
        var reported = new HashSet<(string, long)>();
        using var timer = new PeriodicTimer(LookAgainAfter);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            foreach (var (name, since) in unhealthySince)
            {
                if (TimeProvider.System.GetElapsedTime(since) >= LongUnhealthy && reported.Add((name, since)))
                    lines.Write(name, "runs, but its health check fails: its log says why, in the dashboard");
            }
        }
    }

    private static bool IsUnhealthy(CustomResourceSnapshot snapshot) =>
        snapshot.State?.Text == KnownResourceStates.Running && snapshot.HealthStatus is not (null or HealthStatus.Healthy);

    /// <summary>The resources that wait for this one and have not started yet.</summary>
    private IEnumerable<string> WaitingFor(IResource resource, Dictionary<string, string> shown) =>
        model
            .Resources.Where(other =>
                other.Annotations.OfType<WaitAnnotation>().Any(wait => wait.Resource == resource) && !shown.ContainsKey(other.Name)
            )
            .Select(other => other.Name);

    /// <summary>Ready, done or failed; null while it is starting.</summary>
    private static string? Outcome(IResource resource, CustomResourceSnapshot snapshot)
    {
        var state = snapshot.State?.Text;
        if (state == KnownResourceStates.Running && resource.TryGetLastAnnotation<RunsOnceAnnotation>(out var once))
            return once.Doing;
        if (state == KnownResourceStates.Running)
            return snapshot.HealthStatus is null or HealthStatus.Healthy ? "ready" : null;
        if (state is null || !KnownResourceStates.TerminalStates.Contains(state))
            return null;
        return snapshot.ExitCode switch
        {
            0 => "done",
            -1 => "failed: it crashed or was ended by a signal", // the orchestrator has no more information
            { } exitCode => $"failed: exit code {exitCode.ToString(CultureInfo.InvariantCulture)}",
            null => state == KnownResourceStates.FailedToStart ? "failed to start" : "stopped",
        };
    }

    private static bool IsFailure(CustomResourceSnapshot snapshot) =>
        snapshot.State?.Text == KnownResourceStates.FailedToStart || (snapshot.ExitCode is { } exitCode && exitCode != 0);

    /// <summary>
    /// The last lines of a log. The log of a process that is restarted may be lost while it is read. The report then has the lines that
    /// were read so far.
    /// </summary>
    internal static async Task<string> LastLinesAsync(
        IAsyncEnumerable<IReadOnlyList<LogLine>> log,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var last = new Queue<string>();
        try
        {
            await foreach (var batch in log.WithCancellation(cancellationToken))
            {
                foreach (
                    var line in batch
                        .Select(line => Timestamp().Replace(line.Content, "", 1))
                        .Where(line => !OfOrchestrator().IsMatch(line))
                )
                {
                    last.Enqueue(line);
                    if (last.Count > LastLines)
                        last.Dequeue();
                }
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogDebug(exception, "The log of a resource that failed could not be read completely");
        }

        return string.Concat(last.Select(line => $"            | {line}\n"));
    }

    // The orchestrator writes a timestamp before each line.
    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}T[\d:.]+Z ?")]
    private static partial Regex Timestamp();

    // The orchestrator's own messages, between the lines of the process.
    [GeneratedRegex(
        @"^(\[sys\] |No custom certificate authorities|Waiting for resource |Finished waiting for resource "
            + @"|Executing command |Successfully executed command )"
    )]
    private static partial Regex OfOrchestrator();
}
