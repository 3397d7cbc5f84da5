using System.Globalization;
using System.Text;

namespace NotifyQuery.Benchmarks.Report;

/// <summary>
/// Figures of one unit over the time of a run, one line each, from zero up. The legend lists the lines from the highest end to the lowest.
/// </summary>
internal static class LineChart
{
    private const int Width = 720;
    private const int Left = 56;
    private const int LegendWidth = 224;
    private const int Top = 24;
    private const int LeastHeight = 220;
    private const int LegendLine = 16;
    private const int AxisHeight = 34;
    private const int Steps = 4;

    // Readable on white and on black.
    private static readonly string[] Colours =
    [
        "#0969da",
        "#cf222e",
        "#1a7f37",
        "#bf8700",
        "#8250df",
        "#bc4c00",
        "#0598bc",
        "#d4439a",
        "#6e7781",
        "#7a9a01",
        "#a0522d",
        "#5e6ad2",
    ];

    public static string Write(string title, IReadOnlyList<ScenarioResult> results)
    {
        var lines = results.OrderByDescending(result => result.OverTime!.Points[^1]).ToList();
        var unit = lines[0].OverTime!.Unit;
        var seconds = lines.Max(line => line.OverTime!.SecondsPerPoint * line.OverTime.Points.Count);
        var most = RoundUp(lines.Max(line => line.OverTime!.Points.Max()));
        var plot = (Width: Width - Left - LegendWidth, Height: Math.Max(LeastHeight, lines.Count * LegendLine));
        var height = Top + plot.Height + AxisHeight;
        var body = new StringBuilder();
        for (var step = 0; step <= Steps; step++)
        {
            var (x, y) = (Left + (plot.Width * step / Steps), Top + plot.Height - (plot.Height * step / Steps));
            body.Append(CultureInfo.InvariantCulture, $"""  <line class="grid" x1="{Left}" x2="{Left + plot.Width}" y1="{y}" y2="{y}" />""")
                .Append('\n');
            Svg.Text(body, Left - 6, y + 4, "value", "end", Number.Write(most * step / Steps));
            Svg.Text(body, x, Top + plot.Height + 16, "value", "middle", Number.Write(seconds / 60 * step / Steps));
        }

        Svg.Text(body, Left + (plot.Width / 2), Top + plot.Height + 30, "unit", "middle", "minutes");
        for (var i = 0; i < lines.Count; i++)
        {
            var (line, colour, y) = (lines[i].OverTime!, Colours[i % Colours.Length], Top + 8 + (i * LegendLine));
            var dashes = i < Colours.Length ? "" : """ stroke-dasharray="4 2" """; // the colours come again
            var (perPoint, perUnit) = (line.SecondsPerPoint / seconds * plot.Width, plot.Height / most);
            var points = line.Points.Select(
                (value, at) =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{Left + ((at + 0.5) * perPoint):0.#},{Top + plot.Height - (value * perUnit):0.#}"
                    )
            );
            body.Append(
                    CultureInfo.InvariantCulture,
                    $"""  <polyline fill="none" stroke="{colour}" stroke-width="1.5"{dashes} points="{string.Join(' ', points)}">"""
                        + $"""<title>{Svg.Escape(lines[i].Name)}</title></polyline>"""
                )
                .Append('\n')
                .Append(
                    CultureInfo.InvariantCulture,
                    $"""  <line stroke="{colour}" stroke-width="3"{dashes} x1="{Left + plot.Width + 14}" x2="{Left
                        + plot.Width
                        + 28}" y1="{y}" y2="{y}" />"""
                )
                .Append('\n');
            Svg.Text(body, Left + plot.Width + 34, y + 4, "label", "start", $"{Number.Write(line.Points[^1])} {lines[i].Name}");
        }

        return Svg.Write(
            title,
            unit,
            (Width, height),
            Left,
            (".grid { stroke: #d1d9e0; stroke-width: 1 }", ".grid { stroke: #3d444d }"),
            body
        );
    }

    /// <summary>The smallest of 1, 2, 4, 6, 8, 10 times a power of ten that is not below the value.</summary>
    private static double RoundUp(double value)
    {
        if (value <= 0)
            return 1;
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return ((double[])[1, 2, 4, 6, 8, 10]).Select(factor => factor * power).First(bound => bound >= value);
    }
}
