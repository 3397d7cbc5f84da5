using System.Globalization;
using System.Text;

namespace NotifyQuery.Benchmarks.Report;

/// <summary>Figures of one unit as bars, the candidate above the baseline, each with its spread.</summary>
internal static class BarChart
{
    private const int Width = 720;
    private const int LabelWidth = 250;
    private const int ValueWidth = 90;
    private const int BarHeight = 13;
    private const int RowGap = 12;
    private const int Top = 24;

    public static string Write(string title, string unit, IReadOnlyList<ScenarioResult> results)
    {
        var most = results.SelectMany(result => (Series?[])[result.Candidate, result.Baseline]).OfType<Series>().Max(series => series.Max);
        var scale = (Width - LabelWidth - ValueWidth) / (most > 0 ? most : 1);
        var rows = new StringBuilder();
        var y = Top;
        foreach (var result in results)
        {
            Svg.Text(rows, LabelWidth - 8, y + BarHeight - 2, "label", "end", result.Name);
            Bar(rows, "candidate", result.Candidate);
            if (result.Baseline is { } baseline)
                Bar(rows, "baseline", baseline);
            y += RowGap;
        }

        return Svg.Write(
            title,
            unit,
            (Width, y),
            LabelWidth,
            (
                ".candidate { fill: #0969da } .baseline { fill: #9aa4af } .spread { stroke: #1f2328; stroke-width: 1 }",
                ".candidate { fill: #4493f8 } .baseline { fill: #656c76 } .spread { stroke: #e6edf3 }"
            ),
            rows
        );

        void Bar(StringBuilder svg, string kind, Series series)
        {
            var (length, middle) = (series.Median * scale, y + (BarHeight / 2));
            svg.Append(
                    CultureInfo.InvariantCulture,
                    $"""  <rect class="{kind}" x="{LabelWidth}" y="{y}" width="{Math.Max(1, length):0.#}" height="{BarHeight - 2}" """
                        + $"""rx="2"><title>{Svg.Escape($"{series.Name}: {Number.WriteSpread(series)} {unit}")}</title></rect>"""
                )
                .Append('\n');
            if (series.Samples.Count > 1)
                svg.Append(
                        CultureInfo.InvariantCulture,
                        $"""  <line class="spread" x1="{LabelWidth + (series.Min * scale):0.#}" """
                            + $"""x2="{LabelWidth + (series.Max * scale):0.#}" y1="{middle}" y2="{middle}" />"""
                    )
                    .Append('\n');
            Svg.Text(
                svg,
                LabelWidth + (int)(series.Max * scale) + 6,
                y + BarHeight - 3,
                "value",
                "start",
                $"{Number.Write(series.Median)} {series.Name}"
            );
            y += BarHeight;
        }
    }
}
