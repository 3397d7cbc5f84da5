using Microsoft.Extensions.Logging;
using NotifyQuery.AppHost.Backends;
using NotifyQuery.AppHost.NextTables;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Operations.Reports;
using NotifyQuery.Operations.Simulation;
using NotifyQuery.Operations.Streams;

namespace NotifyQuery.AppHost;

/// <summary>
/// The operator's commands for the tables, in the dashboard and with <c>aspire resource tables …</c>. They do the same as the tools, and
/// return the same report.
/// </summary>
internal static class TablesCommands
{
    private static readonly TimeSpan ReportPeriod = TimeSpan.FromSeconds(1);
    private const int ReportEvery = 100;

    /// <summary>The number of segments of a parallel scan.</summary>
    public const int Segments = 4;

    private const double DefaultRate = 100;

    /// <summary>Adds the command that compares the tables and, if writes are allowed, the commands that write.</summary>
    public static IResourceBuilder<TablesResource> WithOperatorsCommands(
        this IResourceBuilder<TablesResource> builder,
        Backend backend,
        QueryTablesOfRun queryTables,
        bool writes
    )
    {
        if (writes)
        {
            builder
                .WithOperatorsCommand(backend, CheckStream(queryTables))
                .WithOperatorsCommand(backend, SimulateWrites())
                .WithOperatorsCommand(backend, Rebuild(queryTables));
        }

        return builder.WithOperatorsCommand(backend, Reconcile(queryTables, writes));
    }

    private static OperatorsCommand SimulateWrites()
    {
        var options = new WriteSimulationOptions();
        var count = CommandArgument.WholeNumber("count", "Writes", "How many writes.", 1, 1_000_000, options.Count);
        var rate = CommandArgument.Number("rate", "Writes per second", "0 writes as fast as possible.", 0, 1_000_000, DefaultRate);
        var seed = CommandArgument.WholeNumber(
            "seed",
            "Seed",
            "The same seed gives the same writes. Empty: a different one each time.",
            0,
            int.MaxValue
        );
        var users = CommandArgument.WholeNumber("users", "Users", "How many users the writes are for.", 1, 1_000_000, options.Users);
        return new("simulate-writes", "Simulate writes", "Pulse")
        {
            Description = "Write a realistic mix of inserts, status changes and removals to command-records.",
            Arguments = [count, rate, seed, users],
            Question = "This writes to command-records. Continue?",
            Progress = "Writing. Cancel stops between two writes; the resource's log shows the progress.",
            RunAsync = async (client, context) =>
            {
                var chosen = options with
                {
                    Count = count.Integer(context) ?? options.Count,
                    Rate = rate.Value(context) is { } perSecond and > 0 ? perSecond : null,
                    Seed = seed.Integer(context) ?? Random.Shared.Next(),
                    Users = users.Integer(context) ?? options.Users,
                };
                context.Logger.LogInformation("{Count} writes for {Users} users, seed {Seed}", chosen.Count, chosen.Users, chosen.Seed);
                var told = 0;
                var progress = new ProgressCallback<WriteSimulationResult>(made =>
                {
                    // Called from several threads: the thread that passes the next mark logs it.
                    var before = Volatile.Read(ref told);
                    if (
                        made.Writes / ReportEvery > before
                        && Interlocked.CompareExchange(ref told, made.Writes / ReportEvery, before) == before
                    )
                        context.Logger.LogInformation("{Writes} of {Count} written", made.Writes, chosen.Count);
                });
                var tables = new TableNames();
                var result = await new WriteSimulation(client, tables, TimeProvider.System).RunAsync(
                    chosen,
                    progress,
                    context.CancellationToken
                );
                return (true, result.ToReport(tables));
            },
        };
    }

    private static OperatorsCommand CheckStream(QueryTablesOfRun queryTables)
    {
        var within = CommandArgument.Number("within", "Seconds", "How long each change may take to be seen.", 0.1, 3600, 5);
        return new("check-stream", "Check stream", "CheckmarkCircle")
        {
            Description = "Write a marked record, change, move and remove it, and check that each change arrives, field by field.",
            Arguments = [within],
            Question = "This writes a marked record to command-records, and removes it at the end. Continue?",
            Progress = "Waiting for the changes of a marked record to arrive in notification-records.",
            RunAsync = async (client, context) =>
            {
                var tables = queryTables.Names;
                var progress = new ProgressCallback<StreamCheckStep>(step =>
                    context.Logger.LogInformation("{Change}: {Detail}", step.Name, step.Detail)
                );
                var result = await new StreamCheck(client, tables, TimeProvider.System).RunAsync(
                    TimeSpan.FromSeconds(within.Value(context) ?? 5),
                    progress,
                    context.CancellationToken
                );
                return (result.Passed, result.ToReport(tables));
            },
        };
    }

    private static OperatorsCommand Reconcile(QueryTablesOfRun queryTables, bool writes)
    {
        var user = CommandArgument.Text("user", "User", "Only this user's notifications. Empty: all.");
        var repair = CommandArgument.Switch(
            "repair",
            "Repair",
            "Correct notification-records where it disagrees, but never overwrite a newer state."
        );
        return new("reconcile", "Reconcile", "ArrowSync")
        {
            Description = "Compare command-records and notification-records item by item.",
            Arguments = writes ? [repair, user] : [user],
            Question = writes ? "This reads both tables, and writes to notification-records if 'Repair' is on. Continue?" : null,
            Progress = "Comparing the tables. The resource's log shows the progress.",
            RunAsync = (client, context) =>
                ReportAsync(
                    context,
                    report =>
                        new Reconciler(client, queryTables.Names, TimeProvider.System).ReconcileAsync(
                            new ReconcileOptions { Repair = writes && repair.IsOn(context), UserId = user.Given(context) },
                            report,
                            context.CancellationToken
                        )
                ),
        };
    }

    private static OperatorsCommand Rebuild(QueryTablesOfRun queryTables)
    {
        var restart = CommandArgument.Switch("restart", "Start from the beginning", "Do not continue where a rebuild was stopped.");
        var segments = CommandArgument.WholeNumber(
            "segments",
            "Segments",
            "How many parts of command-records are read at once.",
            1,
            64,
            Segments
        );
        return new("rebuild", "Rebuild", "DatabaseArrowUp")
        {
            Description = "Project all of command-records again, for example after a gap in the stream.",
            Arguments = [restart, segments],
            Question =
                "This reads all of command-records, and writes to notification-records where it disagrees, but never overwrites a "
                + "newer state. Continue?",
            Progress = "Rebuilding. The resource's log shows the progress. Cancel stops it; the next run continues there.",
            RunAsync = (client, context) =>
                ReportAsync(
                    context,
                    report =>
                        new Reconciler(client, queryTables.Names, TimeProvider.System).RebuildAsync(
                            segments.Integer(context) ?? Segments,
                            restart.IsOn(context),
                            report,
                            context.CancellationToken
                        )
                ),
        };
    }

    /// <summary>Runs work that fills a report, and logs the progress in the log of the resource.</summary>
    public static async Task<(bool Passed, OperationReport Report)> ReportAsync(
        ExecuteCommandContext context,
        Func<ReconcileReport, Task> work
    )
    {
        var report = new ReconcileReport();
        var working = work(report);
        while (await Task.WhenAny(working, Task.Delay(ReportPeriod)) != working)
            context.Logger.LogInformation(
                "{Commands} commands and {Notifications} notifications compared so far",
                report.Commands,
                report.Notifications
            );
        await working;
        return (report.Agree, report.ToReport());
    }

    private sealed class ProgressCallback<T>(Action<T> tell) : IProgress<T>
    {
        public void Report(T value) => tell(value);
    }
}
