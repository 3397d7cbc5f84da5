using System.Globalization;

namespace NotifyQuery.Operations.Reports;

/// <summary>The report of an operation, independent of the output: a terminal, or Markdown in the dashboard.</summary>
/// <param name="Summary">The result in one sentence, also the last of <see cref="Parts"/>.</param>
/// <param name="Parts">The complete report, in order.</param>
public sealed record OperationReport(string Summary, IReadOnlyList<ReportPart> Parts)
{
    /// <summary>A report of one sentence.</summary>
    public OperationReport(string summary)
        : this(summary, [new ReportSentence(summary)]) { }

    /// <summary>The mark of a check.</summary>
    /// <param name="passed">Whether it passed.</param>
    public static string Mark(bool passed) => passed ? "ok" : "FAILED";

    /// <summary>A time in milliseconds; empty if it was not measured.</summary>
    public static string Milliseconds(double? value) => value?.ToString("F1", CultureInfo.InvariantCulture) ?? "";
}

/// <summary>A sentence or a table.</summary>
public abstract record ReportPart;

/// <summary>A line of text.</summary>
/// <param name="Text">The text, without any markup.</param>
public sealed record ReportSentence(string Text) : ReportPart;

/// <summary>A table. A table without rows is not shown.</summary>
/// <param name="Columns">The headings.</param>
/// <param name="Rows">The cells, one for each column; text without any markup.</param>
public sealed record ReportTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows) : ReportPart;
