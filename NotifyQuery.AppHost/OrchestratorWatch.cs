using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NotifyQuery.AppHost.Backends;

namespace NotifyQuery.AppHost;

/// <summary>
/// Ends the AppHost when the orchestrator (DCP) has ended, because Aspire would send requests to the dead orchestrator forever. DCP's
/// monitors end the resources, and this class ends what they leave. Needs a <c>ps</c> that lists processes with their arguments, so it does
/// nothing on Windows.
/// </summary>
internal sealed class OrchestratorWatch(
    IHostApplicationLifetime lifetime,
    ResourceNotificationService notifications,
    IConfiguration configuration,
    ILogger<OrchestratorWatch> logger
) : Watcher(lifetime, logger)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);

    // The process that starts the orchestrator looks like the orchestrator for a moment. The orchestrator has ended if no new process
    // appears within this time.
    private static readonly TimeSpan ReplacedWithin = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan MonitorTimeout = TimeSpan.FromSeconds(3);

    protected override async Task WatchAsync(CancellationToken stoppingToken)
    {
        if (OperatingSystem.IsWindows())
            return;
        var resources = new RunningResources();
        using var follow = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var following = resources.FollowAsync(notifications, follow.Token);
        int last;
        try
        {
            last = await LastAsync(FindAsync, stoppingToken);
        }
        finally
        {
            await follow.CancelAsync();
            await following;
        }

        logger.LogCritical(
            "The orchestrator (dcp, process {ProcessId}) has ended, and with it all resources: start the system again",
            last
        );
        try
        {
            await resources.EndAsync(MonitorTimeout, configuration["DcpPublisher:ContainerRuntime"]);
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "Some processes of the resources could not be ended: end them by hand");
        }

        Environment.Exit(1); // no orderly stop: each of its steps would call the orchestrator
    }

    /// <summary>Waits until the orchestrator has ended and no other process has taken its place.</summary>
    /// <param name="find">
    /// Waits for the orchestrator's process for at most the given time (null: no limit); returns null if there is none.
    /// </param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The id of the last process.</returns>
    internal static async Task<int> LastAsync(Func<TimeSpan?, CancellationToken, Task<Process?>> find, CancellationToken cancellationToken)
    {
        var (last, found) = (0, await find(null, cancellationToken));
        while (found is not null)
        {
            using var orchestrator = found;
            last = orchestrator.Id;
            await orchestrator.WaitForExitAsync(cancellationToken);
            found = await find(ReplacedWithin, cancellationToken);
        }

        return last;
    }

    /// <summary>Waits for the orchestrator's process; null if it does not appear in time.</summary>
    private static async Task<Process?> FindAsync(TimeSpan? within, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (within is null || Stopwatch.GetElapsedTime(started) < within)
        {
            if (
                CommandLine.Run("ps", Timeout, "-Ao", "pid=,args=") is { } listing
                && OrchestratorOf(Environment.ProcessId, listing.Output) is { } id
            )
            {
                try
                {
                    return Process.GetProcessById(id);
                }
                catch (ArgumentException)
                {
                    // The process ended after it was listed.
                }
            }

            await Task.Delay(LookAgainAfter, cancellationToken);
        }

        return null;
    }

    /// <summary>
    /// Finds the orchestrator of an AppHost in a list of processes with id and arguments; null if it is not there (yet). The process that
    /// the AppHost starts itself is not the orchestrator: it has the same arguments and <c>--detach</c>, starts the orchestrator, and ends.
    /// </summary>
    internal static int? OrchestratorOf(int appHost, string listing)
    {
        var monitor = string.Create(CultureInfo.InvariantCulture, $"--monitor {appHost} ");
        return listing
            .Split('\n')
            .Where(line => line.Contains(" start-apiserver ", StringComparison.Ordinal) && line.Contains(monitor, StringComparison.Ordinal))
            .Where(line => !line.Contains("--detach", StringComparison.Ordinal))
            .Select(line => (int?)int.Parse(line.TrimStart().Split(' ')[0], CultureInfo.InvariantCulture))
            .FirstOrDefault();
    }
}
