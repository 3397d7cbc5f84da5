using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.AppHost;

/// <summary>Marks a resource that does its work once and ends.</summary>
/// <param name="Doing">What is said of it while it works; null for nothing.</param>
internal sealed record RunsOnceAnnotation(string? Doing) : IResourceAnnotation;

internal static class RunsOnceExtensions
{
    /// <summary>Reports the resource as done when it has ended, and not as ready while it runs.</summary>
    public static IResourceBuilder<T> RunsOnce<T>(this IResourceBuilder<T> builder, string? doing = null)
        where T : IResource => builder.WithAnnotation(new RunsOnceAnnotation(doing), ResourceAnnotationMutationBehavior.Replace);
}

/// <summary>
/// Tells the person at the terminal when a resource becomes ready, and when one fails: then with its exit code and what it printed last.
/// </summary>
internal sealed partial class ResourceReport(
    ReportLines lines, ResourceNotificationService notifications, ResourceLoggerService logs, ILogger<ResourceReport> logger)
    : IHostedLifecycleService, IDisposable
{
    private const int LastLines = 10;

    private readonly CancellationTokenSource stopping = new();
    private Task watching = Task.CompletedTask;

    // Before any hosted service starts: the start of the resources is one of them, and lasts until all are there.
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        watching = WatchAsync(stopping.Token);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await watching;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => stopping.Dispose();

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        var shown = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            await foreach (var change in notifications.WatchAsync(cancellationToken))
            {
                if (change.Snapshot is { IsHidden: true } or { ResourceType: "Parameter" }) continue;
                var name = change.Resource.Name;
                if (Outcome(change.Resource, change.Snapshot) is not { } outcome)
                {
                    // Started again: what it becomes next is news, even if it is what it was.
                    if (change.Snapshot.State?.Text == KnownResourceStates.Starting) shown.Remove(name);
                    continue;
                }

                if (shown.GetValueOrDefault(name) == outcome) continue;
                shown[name] = outcome;
                lines.Write(name, outcome);
                if (IsFailure(change.Snapshot)) await ShowLastLinesAsync(change.Resource, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The system stops: what ends now was told to.
        }
        catch (Exception exception)
        {
            // Nobody waits for this task before the system stops, and the system goes on without a report.
            logger.LogError(exception, "What becomes of the resources is no longer reported here: look at the dashboard");
        }
    }

    /// <summary>Ready, done or failed; null while it is on the way there.</summary>
    private static string? Outcome(IResource resource, CustomResourceSnapshot snapshot)
    {
        var state = snapshot.State?.Text;
        if (state == KnownResourceStates.Running && resource.TryGetLastAnnotation<RunsOnceAnnotation>(out var once)) return once.Doing;
        if (state == KnownResourceStates.Running) return snapshot.HealthStatus is null or HealthStatus.Healthy ? "ready" : null;
        if (state is null || !KnownResourceStates.TerminalStates.Contains(state)) return null;
        return snapshot.ExitCode switch
        {
            0 => "done",
            { } exitCode => $"failed: exit code {exitCode.ToString(CultureInfo.InvariantCulture)}",
            null => state == KnownResourceStates.FailedToStart ? "failed to start" : "stopped",
        };
    }

    private static bool IsFailure(CustomResourceSnapshot snapshot) =>
        snapshot.State?.Text == KnownResourceStates.FailedToStart || (snapshot.ExitCode is { } exitCode && exitCode != 0);

    private async Task ShowLastLinesAsync(IResource resource, CancellationToken cancellationToken)
    {
        var last = new Queue<string>();
        await foreach (var batch in logs.GetAllAsync(resource).WithCancellation(cancellationToken))
        {
            foreach (var line in batch)
            {
                last.Enqueue(Timestamp().Replace(line.Content, "", 1));
                if (last.Count > LastLines) last.Dequeue();
            }
        }

        foreach (var line in last) Console.WriteLine($"            | {line}");
    }

    // The orchestrator puts one before each line.
    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}T[\d:.]+Z ?")]
    private static partial Regex Timestamp();
}
