using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using NotifyQuery.Operations.Api;
using NotifyQuery.Operations.Inspection;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Operations.Reports;
using NotifyQuery.Operations.Simulation;
using NotifyQuery.Operations.Streams;
using NotifyQuery.Tools.Api;

namespace NotifyQuery.Tools.Report;

/// <summary>The results of the checks, as a document.</summary>
internal sealed record VerificationReport(
    StreamCheckResult Stream,
    ApiCheckResult Api,
    WriteSimulationResult Simulation,
    ReconcileReport Agreement,
    InspectionResult Inspection,
    IReadOnlyList<TestResults> Tests,
    DateTimeOffset MadeAt
)
{
    public bool Passed =>
        Stream.Passed && Api.Passed && Agreement.Agree && Inspection.Problems.Count == 0 && Tests.All(run => run.Failed == 0);

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        Say($"# Verification");
        Say($"");
        Add($"Made by `notifyquery report` on {MadeAt:yyyy-MM-dd} at {MadeAt:HH:mm} UTC, from a running system; ");
        Say($"{(Passed ? "every check passed" : "NOT every check passed")}.");
        Say($"To make it again, start the system and run `dotnet run --project NotifyQuery.Tools -- report`.");
        Say($"");
        Add($"Machine: {RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} ");
        Add($"processors, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30):F0} GB of memory, ");
        Say($"{RuntimeInformation.FrameworkDescription}.");
        Say($"All times were measured in this run on this machine: compare them only with each other.");

        Heading("The stream: every change arrives");
        Say($"`check-stream` writes a marked record to command-records and waits for it in notification-records.");
        Table(
            ["change", "passed", "ms until seen"],
            Stream.Steps.Select(step =>
                (string[])[step.Name, OperationReport.Mark(step.Passed), OperationReport.Milliseconds(step.Milliseconds)]
            )
        );
        Add($"Field by field: {Stream.Fields.Count(field => field.Agrees)} of {Stream.Fields.Count} attributes agree ");
        Say($"({string.Join(", ", Stream.Fields.Select(field => $"`{field.Name}`"))}).");

        Heading("The API: the same responses from Handler and gateway");
        Say($"`check-api` sends each request to the Handler directly and through the gateway, and compares status, content type and body.");
        Table(
            ["request", "expected", "Handler", "gateway", "the same"],
            Api.Cases.Select(c =>
                (string[])
                    [c.Name, Number(c.Expected), Number(c.Handler), Number(c.Gateway), c.Passed ? OperationReport.Mark(true) : c.Detail!]
            )
        );
        foreach (var latency in Api.Latencies)
        {
            Add($"{latency.Way}: {latency.Requests} queries by user, one after another: p50 {latency.P50:F1} ms, p90 {latency.P90:F1} ");
            Say($"ms, p99 {latency.P99:F1} ms, longest {latency.Max:F1} ms.");
            Say($"");
            Say($"```text");
            foreach (var line in CheckApiCommand.Histogram(latency))
                Say($"{line}");
            Say($"```");
            Say($"");
        }

        Heading("The tables agree");
        Say($"`simulate-writes` made {Simulation.Summary()}");
        Say($"");
        Say($"`reconcile` then compared both tables, item by item: {Agreement.Summary()}");

        Heading("Every part");
        Say($"`inspect` checks tables, event source, functions, gateway and dead letters.");
        Table(
            ["table", "status", "key", "items"],
            Inspection.Tables.Select(table => (string[])[table.Name, table.Status, table.Keys, Number(table.Items)])
        );
        Table(
            ["function", "state", "seen by"],
            Inspection.Functions.Select(function => (string[])[function.Name, function.State, function.Evidence])
        );
        if (Inspection.EventSource is { } source)
        {
            Add($"Event source: {source.State}, {source.RecordsDone} stream records done, {source.Shards.Count} shards, iterator age ");
            Say($"{source.IteratorAgeSeconds:F1} s.");
        }

        foreach (var problem in Inspection.Problems)
            Say($"- PROBLEM: {problem}");

        if (Tests.Count > 0)
        {
            Heading("The test suite");
            Table(
                ["project", "passed", "failed", "skipped"],
                Tests.Select(run => (string[])[run.Project, Number(run.Passed), Number(run.Failed), Number(run.Skipped)])
            );
            Table(
                ["area", "passed"],
                Tests.SelectMany(run => run.ByArea.Select(area => (string[])[$"{run.Project}/{area.Area}", Number(area.Passed)]))
            );
        }

        return text.ToString();

        void Add(FormattableString part) => text.Append(part.ToString(CultureInfo.InvariantCulture));

        void Say(FormattableString line)
        {
            Add(line);
            text.Append('\n');
        }

        void Heading(string heading) => Say($"\n## {heading}\n");

        void Table(string[] columns, IEnumerable<string[]> rows)
        {
            Say($"");
            foreach (var line in MarkdownReport.TableLines(columns, rows))
                Say($"{line}");
            Say($"");
        }
    }

    private static string Number(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
