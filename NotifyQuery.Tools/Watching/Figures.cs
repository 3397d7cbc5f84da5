using System.Globalization;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.Watching;

namespace NotifyQuery.Tools.Watching;

/// <summary>A figure that is shown with its history.</summary>
/// <param name="Label">The label.</param>
/// <param name="Of">Returns the value in a sample; null if it is not known.</param>
/// <param name="Show">Formats a value.</param>
internal sealed record Figure(string Label, Func<PipelineFigures, double?> Of, Func<double?, string> Show);

/// <summary>The figures that are shown, and their formats.</summary>
internal static class Figures
{
    public static readonly IReadOnlyList<Figure> OfWriteSide =
    [
        new("read from stream", it => it.Write.ReadPerSecond, PerSecond),
        new("invocations", it => it.Write.InvocationsPerSecond, PerSecond),
        new("  failed", it => it.Write.FailedInvocationsPerSecond, PerSecond),
        new("records done", it => it.Write.DonePerSecond, PerSecond),
        new("lag", it => it.Write.LagSeconds, Seconds),
        new("iterator age", it => it.Write.IteratorAgeSeconds, Seconds),
        new("records waiting", it => it.Write.Outstanding, Whole),
        new("in flight", it => it.Write.InFlight, Whole),
        new("dead letters", it => it.Write.DeadLetters, Whole),
    ];

    public static readonly IReadOnlyList<Figure> OfReadSide =
    [
        new("queries", it => it.Read.Front.PerSecond, PerSecond),
        new("  failed", it => it.Read.Front.FailedPerSecond, PerSecond),
        new("  p50", it => it.Read.Front.P50, Milliseconds),
        new("  p99", it => it.Read.Front.P99, Milliseconds),
        new("QueryResult", it => it.Read.QueryResult.PerSecond, PerSecond),
        new("  failed", it => it.Read.QueryResult.FailedPerSecond, PerSecond),
        new("  p50", it => it.Read.QueryResult.P50, Milliseconds),
        new("  p99", it => it.Read.QueryResult.P99, Milliseconds),
    ];

    /// <summary>All figures in one line, for a file or a pipe.</summary>
    public static string Line(PipelineFigures now)
    {
        var figures = string.Join(
            ' ',
            [
                Timestamp.Format(now.At),
                $"state={now.Write.State ?? PipelineView.Unknown}",
                .. Named("", OfWriteSide),
                .. Named("", OfReadSide),
            ]
        );
        return UnicodeText.Printable((figures + string.Concat(now.Problems.Select(problem => $" ! {problem}"))).ReplaceLineEndings(" "));

        IEnumerable<string> Named(string group, IReadOnlyList<Figure> all)
        {
            foreach (var figure in all)
            {
                var label = figure.Label.Trim().Replace(' ', '-').ToLowerInvariant();
                if (!figure.Label.StartsWith(' '))
                    group = label;
                var name = figure.Label.StartsWith(' ') ? $"{group}-{label}" : label;
                yield return $"{name}={figure.Show(figure.Of(now)).Replace(" ", "", StringComparison.Ordinal)}";
            }
        }
    }

    /// <summary>The first rate with its unit; the second one if the first is not known.</summary>
    public static string Either(double? first, string unit, double? second, string secondUnit) =>
        first is null && second is not null ? Rate(second, secondUnit) : Rate(first, unit);

    public static string Rate(double? value, string unit) => value is { } number ? Short(number) + unit : PipelineView.Unknown;

    private static string PerSecond(double? value) => Rate(value, "/s");

    private static string Seconds(double? value) => value is { } number ? Short(number) + " s" : PipelineView.Unknown;

    private static string Milliseconds(double? value) => value is { } number ? Short(number) + " ms" : PipelineView.Unknown;

    private static string Whole(double? value) => value?.ToString("0", CultureInfo.InvariantCulture) ?? PipelineView.Unknown;

    /// <summary>Formats a number in at most six characters.</summary>
    private static string Short(double number) =>
        Math.Abs(number) switch
        {
            < 1000 => number.ToString("0.0", CultureInfo.InvariantCulture),
            < 100_000 => number.ToString("0", CultureInfo.InvariantCulture),
            < 1_000_000 => (number / 1000).ToString("0", CultureInfo.InvariantCulture) + "k",
            _ => (number / 1_000_000).ToString("0.0", CultureInfo.InvariantCulture) + "M",
        };
}

/// <summary>
/// A history as a row of bars, the newest at the right, from zero to the highest shown value. An unknown value has no bar.
/// </summary>
/// <param name="unicode">Whether the terminal shows more than ASCII.</param>
internal sealed class Sparkline(bool unicode)
{
    private readonly string bars = unicode ? "▁▂▃▄▅▆▇█" : "_.-:=+*#";

    public string Draw(IReadOnlyList<double?> samples, int room)
    {
        var shown = samples.Skip(Math.Max(0, samples.Count - room)).ToList();
        var highest = shown.Max() ?? 0;
        return string.Concat(
            shown.Select(sample =>
                sample switch
                {
                    null => ' ',
                    <= 0 => bars[0],
                    { } value => bars[Math.Clamp((int)Math.Ceiling((value / highest * (bars.Length - 1)) - 1e-9), 1, bars.Length - 1)],
                }
            )
        );
    }
}
