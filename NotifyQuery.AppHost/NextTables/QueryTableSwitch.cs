using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NotifyQuery.Operations.NextTables;

namespace NotifyQuery.AppHost.NextTables;

/// <summary>
/// Carries out an operator's changes of the query tables. A function that must use another table is replaced by a new process of the same
/// function, as on AWS when its variables change. If callers wait for the function, the old process is stopped only when the new process
/// accepts invocations, and finishes its running work. The second pipeline is stopped when there is no next table any more.
/// </summary>
internal sealed class QueryTableSwitch(
    QueryTableSwitch.Second second,
    DistributedApplicationModel model,
    ResourceCommandService commands,
    ResourceNotificationService notifications,
    ResourceLoggerService logs,
    IHostApplicationLifetime lifetime,
    ILogger<QueryTableSwitch> logger
) : Watcher(lifetime, logger)
{
    /// <summary>What a function logs when it accepts invocations.</summary>
    private const string Ready = "The function accepts invocations";

    private static readonly TimeSpan ReadyLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(250);

    private readonly HashSet<string> standInServes = new(StringComparer.Ordinal);

    /// <summary>The file with the list of query tables, and the resources of the second pipeline.</summary>
    internal sealed record Second(QueryTablesFile File, string Processor, string EventSource);

    protected override async Task WatchAsync(CancellationToken stoppingToken)
    {
        var done = second.File.Read();
        using var timer = new PeriodicTimer(LookAgainAfter);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (!File.Exists(second.File.Path))
                    continue; // removed by hand: not a request
                var wanted = second.File.Read();
                if (wanted.Revision == done.Revision)
                    continue;
                await ApplyAsync(done, wanted, stoppingToken);
                await second.File.ApplyAsync(wanted.Revision, stoppingToken);
                done = wanted;
            }
            catch (Exception exception) when (exception is IOException or QueryTableSwitchException)
            {
                // Retried: the operator waits for the change, and gets a message after a timeout.
                logger.LogError(exception, "The query tables could not be changed as requested: {Reason}", exception.Message);
            }
        }
    }

    private async Task ApplyAsync(QueryTables done, QueryTables wanted, CancellationToken cancellationToken)
    {
        foreach (var resource in model.Resources)
        {
            if (!resource.TryGetLastAnnotation<QueryTableAnnotation>(out var uses) || resource.Name == second.Processor)
                continue;
            var (before, after) = (uses.Which(done), uses.Which(wanted));
            if (before == after)
                continue;
            logger.LogInformation("{Function} uses {Table} from now on", resource.Name, after);
            if (uses.StandIn is { } standIn)
            {
                await ReplaceAsync(resource, model.Resources.Single(other => other.Name == standIn), cancellationToken);
                continue;
            }

            await ExecuteAsync(resource, KnownResourceCommands.RestartCommand, cancellationToken);
            await notifications.WaitForResourceAsync(resource.Name, KnownResourceStates.Running, cancellationToken);
        }

        if (wanted.Next is not null || done.Next is null)
            return;
        // First the event source, then the function that it invokes.
        foreach (var name in (string[])[second.EventSource, second.Processor])
        {
            if (model.Resources.FirstOrDefault(resource => resource.Name == name) is { } resource)
                await ExecuteAsync(resource, KnownResourceCommands.StopCommand, cancellationToken);
        }
    }

    /// <summary>Starts the stopped process with the other table, and then stops the running one.</summary>
    private async Task ReplaceAsync(IResource function, IResource standIn, CancellationToken cancellationToken)
    {
        var former = standInServes.Contains(function.Name) ? standIn : function;
        var next = former == function ? standIn : function;
        // The process is running if an earlier attempt failed. It may use an outdated table.
        var command = await IsRunningAsync(next, cancellationToken)
            ? KnownResourceCommands.RestartCommand
            : KnownResourceCommands.StartCommand;
        await ExecuteAsync(next, command, cancellationToken);
        await ReadyAsync(next, cancellationToken);
        if (await IsRunningAsync(former, cancellationToken))
            await ExecuteAsync(former, KnownResourceCommands.StopCommand, cancellationToken);
        if (!standInServes.Remove(function.Name))
            standInServes.Add(function.Name);
    }

    private async Task<bool> IsRunningAsync(IResource resource, CancellationToken cancellationToken)
    {
        var now = await notifications.WaitForResourceAsync(resource.Name, _ => true, cancellationToken);
        return now.Snapshot.State?.Text == KnownResourceStates.Running;
    }

    /// <summary>
    /// Waits until the function logs that it accepts invocations. The log also contains the lines of earlier processes, which are skipped.
    /// </summary>
    private async Task ReadyAsync(IResource function, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ReadyLimit);
        try
        {
            var now = await notifications.WaitForResourceAsync(
                function.Name,
                change => change.Snapshot is { StartTimeStamp: not null, State.Text: "Running" },
                limit.Token
            );
            var started = now.Snapshot.StartTimeStamp!.Value.ToUniversalTime();
            await foreach (var lines in logs.WatchAsync(function).WithCancellation(limit.Token))
                if (lines.Any(line => line.Content.Contains(Ready, StringComparison.Ordinal) && TimeOf(line) >= started))
                    return;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new QueryTableSwitchException($"{function.Name} does not accept invocations {ReadyLimit.TotalSeconds} s after its start");
        }
    }

    /// <summary>The time that the orchestrator writes before each line.</summary>
    private static DateTime TimeOf(LogLine line) =>
        DateTime.TryParse(line.Content.Split(' ')[0], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : DateTime.MaxValue;

    private async Task ExecuteAsync(IResource resource, string command, CancellationToken cancellationToken)
    {
        var result = await commands.ExecuteCommandAsync(resource, command, cancellationToken);
        if (result is { Success: false, Canceled: false })
            throw new QueryTableSwitchException($"{resource.Name}: {command} failed: {result.Message}");
    }
}

/// <summary>A process could not be stopped or started.</summary>
internal sealed class QueryTableSwitchException(string message) : Exception(message);
