using System.Text;

namespace NotifyQuery.Operations.Reports;

/// <summary>Writes reports as Markdown (GitHub's, which has tables).</summary>
public static class MarkdownReport
{
    /// <summary>Writes a report. Its texts, for example an id that a caller chose, are shown literally and not as markup.</summary>
    public static string ToMarkdown(this OperationReport report)
    {
        var text = new StringBuilder();
        foreach (var part in report.Parts)
        {
            var lines = part switch
            {
                ReportTable { Rows.Count: 0 } => [],
                ReportTable table => TableLines(table.Columns.Select(Escape), table.Rows.Select(row => row.Select(Escape))),
                ReportSentence sentence => [Escape(sentence.Text)],
                _ => throw new ArgumentException($"{part.GetType().Name} cannot be written", nameof(report)),
            };
            if (lines.Length == 0)
                continue;
            if (text.Length > 0)
                text.Append('\n');
            foreach (var line in lines)
                text.Append(line).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The lines of a table whose cells are already Markdown.</summary>
    public static string[] TableLines(IEnumerable<string> columns, IEnumerable<IEnumerable<string>> rows)
    {
        var headings = columns.ToList();
        return [Line(headings), Line(headings.Select(_ => "---")), .. rows.Select(Line)];

        static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";
    }

    /// <summary>Text on one line, escaped so that Markdown shows it literally.</summary>
    private static string Escape(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        var escaped = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            if (IsMarkup(line, i))
                escaped.Append('\\');
            escaped.Append(line[i]);
        }

        return escaped.ToString();
    }

    private static bool IsMarkup(string text, int at) =>
        text[at] switch
        {
            '\\' or '`' or '*' or '[' or ']' or '<' or '>' or '|' or '~' or '&' => true,
            // An underscore within a word is no emphasis. This keeps attribute names readable.
            '_' => at == 0 || at + 1 == text.Length || !char.IsLetterOrDigit(text[at - 1]) || !char.IsLetterOrDigit(text[at + 1]),
            // At the beginning of a line: a heading or a list.
            '#' or '-' or '+' => at == 0,
            _ => false,
        };
}
