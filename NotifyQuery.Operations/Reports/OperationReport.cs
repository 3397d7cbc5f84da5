using System.Globalization;

namespace NotifyQuery.Operations.Reports;

/// <summary>What an operation tells people, before it is known where they read it: a terminal, or the dashboard as Markdown.</summary>
/// <param name="Summary">The result in a sentence. It is the last thing that <see cref="Parts"/> say, too.</param>
/// <param name="Parts">All of the report, in order.</param>
public sealed record OperationReport(string Summary, IReadOnlyList<ReportPart> Parts)
{
    /// <summary>A report that is one sentence.</summary>
    public OperationReport(string summary)
        : this(summary, [new ReportSentence(summary)])
    {
    }

    /// <summary>How a check is marked.</summary>
    /// <param name="passed">Whether it passed.</param>
    public static string Mark(bool passed) => passed ? "ok" : "FAILED";

    /// <summary>A time in milliseconds; nothing for one that was not measured.</summary>
    public static string Milliseconds(double? value) => value?.ToString("F1", CultureInfo.InvariantCulture) ?? "";
}

/// <summary>A sentence or a table.</summary>
public abstract record ReportPart;

/// <summary>A line of text.</summary>
/// <param name="Text">The text, without any markup.</param>
public sealed record ReportSentence(string Text) : ReportPart;

/// <summary>A table. One without rows is left out where the report is shown.</summary>
/// <param name="Columns">The headings.</param>
/// <param name="Rows">The cells, as many to a row as there are columns; text without any markup.</param>
public sealed record ReportTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows) : ReportPart;
