using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.Watching;

namespace NotifyQuery.Tools.Watching;

/// <summary>The kind of a line of the view, which determines its colour.</summary>
internal enum LineKind
{
    Plain,
    Heading,
    Flow,
    Problem,
}

/// <summary>A line of the view, at most as long as the terminal is wide.</summary>
internal sealed record ViewLine(string Text, LineKind Kind = LineKind.Plain);

/// <summary>
/// Draws the pipeline as lines of text: a picture of the flow with the rate at each hop, then each figure with its history. The two sides
/// are beside each other, so that 80 columns and 24 lines are enough. Does not depend on a terminal.
/// </summary>
/// <param name="name">The name of the source.</param>
/// <param name="width">The number of columns.</param>
/// <param name="unicode">Whether the terminal shows more than ASCII.</param>
internal sealed class PipelineView(string name, int width, bool unicode = true)
{
    /// <summary>The text for an unknown figure.</summary>
    public const string Unknown = "-";

    private const int MostColumns = 200;
    private const int Gap = 2;
    private const int LabelWidth = 16;
    private const int ValueWidth = 10;

    private static readonly string[] WriteSide = ["command-records", "stream", "StreamProcessor", "notification-records"];
    private static readonly string[] ReadSide = ["gateway", "Query", "Handler", "QueryResult", "notification-records"];

    private readonly int columns = Math.Min(width, MostColumns);
    private readonly Sparkline sparkline = new(unicode);

    /// <summary>Draws the newest figures and their history.</summary>
    /// <param name="history">The figures so far, the newest last.</param>
    public IReadOnlyList<ViewLine> Draw(IReadOnlyList<PipelineFigures> history)
    {
        var now = history[^1];
        var lines = new List<ViewLine>
        {
            new(Ends($"NotifyQuery at {name}", Timestamp.Format(now.At)), LineKind.Heading),
            new(""),
            new($"Write side: {now.Write.State ?? Unknown}", LineKind.Heading),
        };
        lines.AddRange(
            Flow(
                WriteSide,
                [
                    Figures.Either(now.Write.ReadPerSecond, "/s", now.Write.CommandUnitsPerSecond, " WCU/s"),
                    Figures.Rate(now.Write.InvocationsPerSecond, "/s"),
                    Figures.Either(now.Write.DonePerSecond, "/s", now.Write.ProjectionUnitsPerSecond, " WCU/s"),
                ]
            )
        );
        lines.Add(new(""));
        lines.Add(new("Read side", LineKind.Heading));
        lines.AddRange(
            Flow(
                ReadSide,
                [
                    Figures.Rate(now.Read.Query.PerSecond ?? now.Read.Gateway.PerSecond, "/s"),
                    Figures.Rate(now.Read.Handler.PerSecond, "/s"),
                    Figures.Rate(now.Read.QueryResult.PerSecond, "/s"),
                    Figures.Rate(now.Read.UnitsPerSecond, " RCU/s"),
                ]
            )
        );
        lines.Add(new(""));
        var half = (columns - Gap) / 2;
        var (left, right) = (Rows(Figures.OfWriteSide, history, half), Rows(Figures.OfReadSide, history, half));
        for (var i = 0; i < Math.Max(left.Count, right.Count); i++)
            lines.Add(new((left.ElementAtOrDefault(i) ?? "").PadRight(half + Gap) + (right.ElementAtOrDefault(i) ?? "")));
        lines.Add(new(""));
        foreach (var problem in now.Problems)
            lines.AddRange(
                Wrap("! " + UnicodeText.Printable(problem.ReplaceLineEndings(" "))).Select(line => new ViewLine(line, LineKind.Problem))
            );
        lines.AddRange(Wrap($"{Unknown} is not measured here, or not known at this moment.").Select(line => new ViewLine(line)));
        return [.. lines.Select(line => line with { Text = Fit(line.Text.TrimEnd()) })];
    }

    /// <summary>The nodes with arrows between them, and the rate above each arrow.</summary>
    private IEnumerable<ViewLine> Flow(string[] nodes, string[] rates)
    {
        var room = Math.Max(4, (Math.Min(columns, 120) - nodes.Sum(node => node.Length)) / rates.Length);
        var (above, line) = ("", "");
        for (var i = 0; i < nodes.Length; i++)
        {
            above += new string(' ', nodes[i].Length);
            line += nodes[i];
            if (i == rates.Length)
                break;
            var rate = rates[i].Length > room ? rates[i][..room] : rates[i];
            above += new string(' ', (room - rate.Length) / 2) + rate + new string(' ', room - rate.Length - ((room - rate.Length) / 2));
            line += $" {new string(unicode ? '─' : '-', room - 3)}{(unicode ? '▶' : '>')} ";
        }

        return [new(above, LineKind.Flow), new(line, LineKind.Flow)];
    }

    private List<string> Rows(IReadOnlyList<Figure> figures, IReadOnlyList<PipelineFigures> history, int room) =>
        [
            .. figures.Select(figure =>
            {
                var samples = history.Select(figure.Of).ToList();
                var bars = sparkline.Draw(samples, Math.Max(0, room - LabelWidth - ValueWidth - Gap));
                return figure.Label.PadRight(LabelWidth) + figure.Show(samples[^1]).PadLeft(ValueWidth) + new string(' ', Gap) + bars;
            }),
        ];

    private string Ends(string left, string right) =>
        left.Length + 1 + right.Length > columns ? left : left + right.PadLeft(columns - left.Length);

    private IEnumerable<string> Wrap(string text)
    {
        var line = "";
        foreach (var word in text.Split(' ').SelectMany(word => word.Chunk(columns - 2).Select(part => new string(part))))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > columns)
            {
                yield return line;
                line = "  " + word;
            }
            else
            {
                line += line.Length == 0 ? word : " " + word;
            }
        }

        yield return line;
    }

    private string Fit(string text) => text.Length > width ? text[..width] : text;
}
