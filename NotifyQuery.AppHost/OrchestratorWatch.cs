using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NotifyQuery.AppHost.Backends;

namespace NotifyQuery.AppHost;

/// <summary>
/// Ends the AppHost when the orchestrator (DCP) is gone. DCP's monitors then end the resources, but Aspire itself asks a server that no longer
/// exists for ever. Only where processes can be listed with their arguments by <c>ps</c>: not on Windows.
/// </summary>
internal sealed class OrchestratorWatch(IHostApplicationLifetime lifetime, ILogger<OrchestratorWatch> logger) : Watcher(lifetime, logger)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);

    protected override async Task WatchAsync(CancellationToken stoppingToken)
    {
        if (OperatingSystem.IsWindows()) return;
        using var orchestrator = await FindAsync(stoppingToken);
        await orchestrator.WaitForExitAsync(stoppingToken);
        logger.LogCritical("The orchestrator (dcp, process {ProcessId}) has ended, and with it all resources: start the system again", orchestrator.Id);
        Environment.Exit(1); // not a stop in order: each of its steps would ask the orchestrator
    }

    private static async Task<Process> FindAsync(CancellationToken cancellationToken)
    {
        var argument = string.Create(CultureInfo.InvariantCulture, $"--monitor {Environment.ProcessId} ");
        while (true)
        {
            var line = CommandLine.Run("ps", Timeout, "-Ao", "pid=,args=")?.Output.Split('\n')
                .FirstOrDefault(it => it.Contains("start-apiserver", StringComparison.Ordinal) && it.Contains(argument, StringComparison.Ordinal));
            if (line is not null)
            {
                try
                {
                    return Process.GetProcessById(int.Parse(line.TrimStart().Split(' ')[0], CultureInfo.InvariantCulture));
                }
                catch (ArgumentException)
                {
                    // Gone since it was listed.
                }
            }

            await Task.Delay(LookAgainAfter, cancellationToken);
        }
    }
}
