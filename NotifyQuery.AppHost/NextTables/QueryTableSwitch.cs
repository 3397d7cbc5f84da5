using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NotifyQuery.Operations.NextTables;

namespace NotifyQuery.AppHost.NextTables;

/// <summary>
/// Carries out what an operator changes of the query tables: a function that is to use another one is restarted with its name, as a change of its
/// variables does on AWS. It finishes the invocations that are under way, and the emulator keeps those that come meanwhile for the new process: nobody
/// who asks is refused. When there is no next table any more, the second pipeline is stopped.
/// </summary>
internal sealed class QueryTableSwitch(
    QueryTableSwitch.Second second, DistributedApplicationModel model, ResourceCommandService commands, ResourceNotificationService notifications,
    IHostApplicationLifetime lifetime, ILogger<QueryTableSwitch> logger) : Watcher(lifetime, logger)
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(250);

    /// <summary>What it works with: the file, and the resources of the second pipeline.</summary>
    internal sealed record Second(QueryTablesFile File, string Processor, string EventSource);

    protected override async Task WatchAsync(CancellationToken stoppingToken)
    {
        var done = second.File.Read();
        using var timer = new PeriodicTimer(LookAgainAfter);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (!File.Exists(second.File.Path)) continue; // taken away by hand: that is no wish
                var wanted = second.File.Read();
                if (wanted.Revision == done.Revision) continue;
                await ApplyAsync(done, wanted, stoppingToken);
                await second.File.ApplyAsync(wanted.Revision, stoppingToken);
                done = wanted;
            }
            catch (Exception exception) when (exception is IOException or QueryTableSwitchException)
            {
                // Tried again: the operator waits for it, and is told when that takes too long.
                logger.LogError(exception, "The query tables are not as they are wanted: {Reason}", exception.Message);
            }
        }
    }

    private async Task ApplyAsync(QueryTables done, QueryTables wanted, CancellationToken cancellationToken)
    {
        foreach (var resource in model.Resources)
        {
            if (!resource.TryGetLastAnnotation<QueryTableAnnotation>(out var uses) || resource.Name == second.Processor) continue;
            var (before, after) = (uses.Which(done), uses.Which(wanted));
            if (before == after) continue;
            logger.LogInformation("{Function} uses {Table} from now on", resource.Name, after);
            await ExecuteAsync(resource, KnownResourceCommands.RestartCommand, cancellationToken);
            await notifications.WaitForResourceAsync(resource.Name, KnownResourceStates.Running, cancellationToken);
        }

        if (wanted.Next is not null || done.Next is null) return;
        // What delivers before what is delivered to.
        foreach (var name in (string[])[second.EventSource, second.Processor])
        {
            if (model.Resources.FirstOrDefault(resource => resource.Name == name) is { } resource)
                await ExecuteAsync(resource, KnownResourceCommands.StopCommand, cancellationToken);
        }
    }

    private async Task ExecuteAsync(IResource resource, string command, CancellationToken cancellationToken)
    {
        var result = await commands.ExecuteCommandAsync(resource, command, cancellationToken);
        if (result is { Success: false, Canceled: false }) throw new QueryTableSwitchException($"{resource.Name}: {command} failed: {result.Message}");
    }
}

/// <summary>A process could not be stopped or started.</summary>
internal sealed class QueryTableSwitchException(string message) : Exception(message);
