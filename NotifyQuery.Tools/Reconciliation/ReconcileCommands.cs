using System.CommandLine;
using NotifyQuery.DynamoDB.Reconciliation;

namespace NotifyQuery.Tools.Reconciliation;

/// <summary><c>reconcile</c> and <c>rebuild</c>: prove that the two tables agree, and make them agree.</summary>
internal static class ReconcileCommands
{
    public static Command CreateReconcile()
    {
        var repair = new Option<bool>("--repair") { Description = "Mend what disagrees, never over something newer." };
        var user = new Option<string?>("--user") { Description = "Only this user's notifications." };
        var settle = new Option<double>("--settle")
        {
            Description = "Seconds for which a disagreement must last to count: the projection may be under way.",
            DefaultValueFactory = _ => 2,
        }.Within(0, 3600);
        var segments = SegmentsOption();
        var endpoint = Session.EndpointOption();

        var command = new Command("reconcile", "Compare command-records and notification-records item by item; exit code 1 if they disagree.")
        {
            repair, user, settle, segments, endpoint,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new ReconcileOptions
            {
                Repair = parsed.GetValue(repair),
                UserId = parsed.GetValue(user),
                Settle = TimeSpan.FromSeconds(parsed.GetValue(settle)),
                Segments = parsed.GetValue(segments),
            };
            return RunAsync("comparing", parsed.GetValue(endpoint), bothTables: true,
                (reconciliation, report) => reconciliation.ReconcileAsync(options, report, cancellationToken), cancellationToken);
        });
        return command;
    }

    public static Command CreateRebuild()
    {
        var restart = new Option<bool>("--restart") { Description = "Begin anew, not where a rebuild before was stopped." };
        var segments = SegmentsOption();
        var endpoint = Session.EndpointOption();
        var command = new Command("rebuild", "Project all of command-records again, for example after a gap of the stream. Can be stopped, and goes on where it was.")
        {
            restart, segments, endpoint,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync("rebuilding", parsed.GetValue(endpoint), bothTables: false,
            (reconciliation, report) => reconciliation.RebuildAsync(parsed.GetValue(segments), parsed.GetValue(restart), report, cancellationToken), cancellationToken));
        return command;
    }

    private static Option<int> SegmentsOption() =>
        new Option<int>("--segments") { Description = "How many parts of a table are read at once.", DefaultValueFactory = _ => 4 }.Within(1, 64);

    private static Task<int> RunAsync(
        string what, string? endpoint, bool bothTables, Func<Reconciler, ReconcileReport, Task> work, CancellationToken cancellationToken)
    {
        var report = new ReconcileReport();
        return Session.RunAsync(endpoint, async session =>
        {
            // What the engine itself counts; it may be hours old on AWS, so it only serves the bar.
            var commands = (await session.Client.DescribeTableAsync(session.Tables.CommandRecords, cancellationToken)).Table.ItemCount ?? 0;
            var notifications = bothTables ? (await session.Client.DescribeTableAsync(session.Tables.NotificationRecords, cancellationToken)).Table.ItemCount ?? 0 : 0;
            var reconciliation = new Reconciler(session.Client, session.Tables, TimeProvider.System);
            await Session.ShowProgressAsync(what, commands + notifications, () => report.Commands + report.Notifications, () => work(reconciliation, report));
            ShowFindings(report);
            return report.Agree ? ExitCode.Ok : ExitCode.CheckFailed;
        }, () => Summary(report, bothTables), cancellationToken);
    }

    private static void ShowFindings(ReconcileReport report)
    {
        Session.ShowTable(
            ["finding", "transaction_id", "created_at", "detail"],
            [.. report.Findings.OrderBy(f => f.Kind).Select(f => (string[])[Name(f.Kind), f.TransactionId, f.CreatedAt, f.Detail])]);
        foreach (var kind in Enum.GetValues<Discrepancy>())
            if (report.Count(kind) > ReconcileReport.FindingsKept) Console.WriteLine($"… and {report.Count(kind) - ReconcileReport.FindingsKept} more {Name(kind)}");
    }

    private static string Name(Discrepancy kind) => kind switch
    {
        Discrepancy.Missing => "missing",
        Discrepancy.Stale => "stale",
        Discrepancy.Orphaned => "orphaned",
        _ => "failed",
    };

    private static string Summary(ReconcileReport report, bool bothTables) =>
        $"{report.Commands} commands{(bothTables ? $" and {report.Notifications} notifications" : "")} looked at: "
        + string.Join(", ", Enum.GetValues<Discrepancy>().Select(kind => $"{report.Count(kind)} {Name(kind)}"))
        + (report.Repaired + report.ChangedMeanwhile > 0 ? $"; {report.Repaired} mended, {report.ChangedMeanwhile} changed meanwhile" : "")
        + ".";
}
