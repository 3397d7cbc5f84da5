using System.CommandLine;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Operations.Reports;

namespace NotifyQuery.Tools.Reconciliation;

/// <summary><c>reconcile</c> and <c>rebuild</c>: check that the two tables agree, and make them agree.</summary>
internal static class ReconcileCommands
{
    public static Command CreateReconcile()
    {
        var repair = new Option<bool>("--repair") { Description = "Correct what disagrees, but never overwrite a newer state." };
        var user = new Option<string?>("--user") { Description = "Only this user's notifications." };
        var settle = new Option<double>("--settle")
        {
            Description = "Seconds for which a disagreement must last to count: the projection may still be running.",
            DefaultValueFactory = _ => 2,
        }.Within(0, 3600);
        var segments = SegmentsOption();

        var command = new Command(
            "reconcile",
            "Compare command-records and notification-records item by item; exit code 1 if they disagree."
        )
        {
            repair,
            user,
            settle,
            segments,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var options = new ReconcileOptions
                {
                    Repair = parsed.GetValue(repair),
                    UserId = parsed.GetValue(user),
                    Settle = TimeSpan.FromSeconds(parsed.GetValue(settle)),
                    Segments = parsed.GetValue(segments),
                };
                return RunAsync(
                    "comparing",
                    parsed,
                    bothTables: true,
                    (reconciliation, report) => reconciliation.ReconcileAsync(options, report, cancellationToken),
                    cancellationToken
                );
            }
        );
        return command.WithExamples("reconcile", "reconcile --repair", "reconcile --user user-0001 --json");
    }

    public static Command CreateRebuild()
    {
        var restart = new Option<bool>("--restart") { Description = "Start from the beginning, not where a rebuild was stopped." };
        var segments = SegmentsOption();
        var command = new Command(
            "rebuild",
            "Project all of command-records again, for example after a gap in the stream. Can be stopped and continued."
        )
        {
            restart,
            segments,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    "rebuilding",
                    parsed,
                    bothTables: false,
                    (reconciliation, report) =>
                        reconciliation.RebuildAsync(parsed.GetValue(segments), parsed.GetValue(restart), report, cancellationToken),
                    cancellationToken
                )
        );
        return command.WithExamples("rebuild", "rebuild --restart --segments 16");
    }

    private static Option<int> SegmentsOption() =>
        new Option<int>("--segments") { Description = "How many parts of a table are read at once.", DefaultValueFactory = _ => 4 }.Within(
            1,
            64
        );

    private static Task<int> RunAsync(
        string what,
        ParseResult parsed,
        bool bothTables,
        Func<Reconciler, ReconcileReport, Task> work,
        CancellationToken cancellationToken
    )
    {
        var report = new ReconcileReport();
        return Session.RunAsync(
            parsed,
            async session =>
            {
                // The engine's item count. It may be hours old on AWS, so it is only for the progress bar.
                var commands =
                    (await session.Client.DescribeTableAsync(session.Tables.CommandRecords, cancellationToken)).Table.ItemCount ?? 0;
                var notifications = bothTables
                    ? (await session.Client.DescribeTableAsync(session.Tables.NotificationRecords, cancellationToken)).Table.ItemCount ?? 0
                    : 0;
                var reconciliation = new Reconciler(session.Client, session.Tables, TimeProvider.System);
                await session.Output.ShowProgressAsync(
                    what,
                    commands + notifications,
                    () => report.Commands + report.Notifications,
                    () => work(reconciliation, report)
                );
                session.Output.Result(ReconcileAnswer.Of(report), ToolsJson.Default.ReconcileAnswer, () => Output.Show(report.ToReport()));
                return report.Agree ? ExitCode.Ok : ExitCode.CheckFailed;
            },
            () => report.Summary(),
            cancellationToken
        );
    }
}

/// <summary>The result of a comparison or a rebuild, as JSON.</summary>
internal sealed record ReconcileAnswer(
    bool Agree,
    long Commands,
    long Notifications,
    long Missing,
    long Stale,
    long Orphaned,
    long Failed,
    long Repaired,
    long ChangedMeanwhile,
    IReadOnlyList<Finding> Findings
)
{
    public static ReconcileAnswer Of(ReconcileReport report) =>
        new(
            report.Agree,
            report.Commands,
            report.Notifications,
            report.Count(Discrepancy.Missing),
            report.Count(Discrepancy.Stale),
            report.Count(Discrepancy.Orphaned),
            report.Count(Discrepancy.Failed),
            report.Repaired,
            report.ChangedMeanwhile,
            report.Findings
        );
}
