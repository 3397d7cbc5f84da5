using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NotifyQuery.AppHost.Backends;

namespace NotifyQuery.AppHost;

/// <summary>
/// Ends the AppHost when the orchestrator (DCP) has ended. DCP's monitors then end the resources, but Aspire itself retries requests to a
/// server that no longer exists, without end. Works only where <c>ps</c> lists processes with their arguments: not on Windows.
/// </summary>
internal sealed class OrchestratorWatch(IHostApplicationLifetime lifetime, ILogger<OrchestratorWatch> logger) : Watcher(lifetime, logger)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);

    protected override async Task WatchAsync(CancellationToken stoppingToken)
    {
        if (OperatingSystem.IsWindows())
            return;
        using var orchestrator = await FindAsync(stoppingToken);
        await orchestrator.WaitForExitAsync(stoppingToken);
        logger.LogCritical(
            "The orchestrator (dcp, process {ProcessId}) has ended, and with it all resources: start the system again",
            orchestrator.Id
        );
        Environment.Exit(1); // not an orderly stop: each of its steps would call the orchestrator
    }

    private static async Task<Process> FindAsync(CancellationToken cancellationToken)
    {
        while (true)
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
                    // It ended after it was listed.
                }
            }

            await Task.Delay(LookAgainAfter, cancellationToken);
        }
    }

    /// <summary>
    /// Finds the orchestrator of an AppHost in a list of processes with id and arguments; null if it is not there (yet). The process that
    /// the AppHost itself starts is not the orchestrator: it has the same arguments and <c>--detach</c>, starts the orchestrator, and ends.
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
