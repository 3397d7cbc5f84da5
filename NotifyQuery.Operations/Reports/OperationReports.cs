using System.Globalization;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Operations.Simulation;
using NotifyQuery.Operations.Streams;

namespace NotifyQuery.Operations.Reports;

/// <summary>The reports of the operations that both the tools and the dashboard's commands offer.</summary>
public static class OperationReports
{
    /// <summary>The result of a stream check: the tables, each field, each change.</summary>
    public static OperationReport ToReport(this StreamCheckResult result, TableNames tables) =>
        new(
            result.Summary(),
            [
                new ReportSentence(
                    $"{tables.CommandRecords} has {Number(result.CommandRecords)} items, "
                        + $"{tables.NotificationRecords} has {Number(result.NotificationRecords)} ({result.HowCounted})."
                ),
                new ReportTable(["field", "arrived", "check"], [.. result.Fields.Select(RowOf)]),
                new ReportTable(["change", "ms", "check", "detail"], [.. result.Steps.Select(RowOf)]),
                new ReportSentence(result.Summary()),
            ]
        );

    /// <summary>What was written, by kind.</summary>
    public static OperationReport ToReport(this WriteSimulationResult result, TableNames tables)
    {
        if (result.Skipped)
            return new($"{tables.CommandRecords} has records already.");
        return new(
            result.Summary(),
            [
                new ReportTable(
                    ["write", "number"],
                    [
                        ["insert", Number(result.Inserts)],
                        .. result.StatusChanges.Select(change => (string[])[$"status change to {change.Key}", Number(change.Value)]),
                        ["move to another user", Number(result.Moves)],
                        ["removal", Number(result.Removals)],
                        ["insert that can never be projected", Number(result.Poison)],
                    ]
                ),
                new ReportSentence(result.Summary()),
            ]
        );
    }

    /// <summary>The result of a comparison or a rebuild, with the stored findings.</summary>
    public static OperationReport ToReport(this ReconcileReport report) =>
        new(
            report.Summary(),
            [
                new ReportTable(
                    ["finding", AttributeNames.TransactionId, AttributeNames.CreatedAt, "detail"],
                    [
                        .. report
                            .Findings.OrderBy(found => found.Kind)
                            .Select(found => (string[])[found.Kind.ToName(), found.TransactionId, found.CreatedAt, found.Detail]),
                    ]
                ),
                .. Enum.GetValues<Discrepancy>()
                    .Where(kind => report.Count(kind) > ReconcileReport.FindingsKept)
                    .Select(kind => new ReportSentence(
                        $"… and {Number(report.Count(kind) - ReconcileReport.FindingsKept)} more {kind.ToName()}"
                    )),
                new ReportSentence(report.Summary()),
            ]
        );

    private static string[] RowOf(FieldCheck field) =>
        [
            field.Name,
            field.Arrived ?? "(missing)",
            OperationReport.Mark(field.Agrees) + (field.Agrees ? "" : $": expected {field.Expected ?? "any value"}"),
        ];

    private static string[] RowOf(StreamCheckStep step) =>
        [step.Name, OperationReport.Milliseconds(step.Milliseconds), OperationReport.Mark(step.Passed), step.Detail];

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
