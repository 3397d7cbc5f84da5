using NotifyQuery.Operations.Watching;
using NotifyQuery.Tools.Watching;

namespace NotifyQuery.Tests.Watching;

/// <summary>The view of the pipeline as text, without a terminal.</summary>
public sealed class PipelineViewTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 8, 15, 30, TimeSpan.Zero);

    private const string Problem = "the Handler at http://127.0.0.1:8000 does not respond: Connection refused (127.0.0.1:8000)";

    [Theory]
    [InlineData(80)]
    [InlineData(81)]
    [InlineData(119)]
    [InlineData(120)]
    [InlineData(149)]
    [InlineData(150)]
    [InlineData(160)]
    [InlineData(200)]
    [InlineData(320)]
    public void No_line_is_wider_than_the_terminal_whatever_the_figures_and_the_history_is_as_long_as_fits(int width)
    {
        foreach (var scale in (double[])[0, 1, 1e3, 1e6, 1e9])
        {
            var history = Enumerable
                .Range(0, 300)
                .Select(i => At(i, scale * (i % 17), [new string('x', 500), Problem, "two\nlines\x1b[2J"]))
                .ToList();

            var lines = new PipelineView($"http://{new string('a', 300)}", width).Draw(history);

            Assert.All(lines, line => Assert.InRange(line.Text.Length, 0, width));
            Assert.DoesNotContain(lines, line => line.Text.Any(char.IsControl));
        }
    }

    [Fact]
    public void At_80_columns_the_flow_is_a_picture_and_each_figure_has_its_history_below()
    {
        var lines = Draw(80);

        Assert.Equal(
            """
            NotifyQuery at http://127.0.0.1:4566                    2026-11-22T08:15:37.000Z

            Write side: delivering
                             70.0/s          7.0/s                   70.0/s
            command-records ─────▶ stream ─────▶ StreamProcessor ─────▶ notification-records

            Read side
                       -            14.0/s           14.0/s                 -
            gateway ───▶ Query ───▶ Handler ───▶ QueryResult ───▶ notification-records
            """.ReplaceLineEndings("\n").Split('\n').Select(Pictured),
            lines.Take(9).Select(Pictured)
        );
        Assert.Equal(
            """
            read from stream    70.0/s  ▁▂▃▄▅▆▇█     queries             14.0/s  ▁▂▃▄▅▆▇█
            invocations          7.0/s  ▁▂▃▄▅▆▇█       failed             0.0/s  ▁▁▁▁▁▁▁▁
              failed             0.0/s  ▁▁▁▁▁▁▁▁       p50               3.5 ms  ▁▂▃▄▅▆▇█
            records done        70.0/s  ▁▂▃▄▅▆▇█       p99               7.0 ms  ▁▂▃▄▅▆▇█
            lag                  0.7 s  ▁▂▃▄▅▆▇█     QueryResult         14.0/s  ▁▂▃▄▅▆▇█
            iterator age         0.1 s  ████████       failed             0.0/s  ▁▁▁▁▁▁▁▁
            records waiting          7  ▁▂▃▄▅▆▇█       p50               2.0 ms  ████████
            in flight                2  ████████       p99               4.0 ms  ████████
            dead letters             3  ████████

            - is not measured here, or not known at this moment.
            """.ReplaceLineEndings("\n").Split('\n'),
            lines.Skip(10)
        );
        Assert.InRange(lines.Count, 1, 24);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    [InlineData(160)]
    [InlineData(200)]
    public void Every_figure_and_every_node_is_there_at_every_width(int width)
    {
        var lines = Draw(width);

        Assert.All(
            Figures.OfWriteSide.Concat(Figures.OfReadSide),
            figure => Assert.Contains(lines, line => line.Contains(figure.Label, StringComparison.Ordinal))
        );
        Assert.All(
            (string[])["command-records", "stream", "StreamProcessor", "notification-records"],
            node =>
                Assert.Contains(
                    node,
                    lines.First(line => line.StartsWith("command-records", StringComparison.Ordinal)),
                    StringComparison.Ordinal
                )
        );
        Assert.All(
            (string[])["gateway", "Query", "Handler", "QueryResult", "notification-records"],
            node =>
                Assert.Contains(node, lines.First(line => line.StartsWith("gateway", StringComparison.Ordinal)), StringComparison.Ordinal)
        );
    }

    [Fact]
    public void What_is_not_known_is_a_dash_and_leaves_a_gap_in_the_history()
    {
        var unknown = new PipelineFigures(Start, new(), new(), []);

        var lines = new PipelineView("x", 80).Draw([At(1, 10), unknown, At(2, 20)]).Select(line => line.Text).ToList();
        var nothing = new PipelineView("x", 80).Draw([unknown]).Select(line => line.Text).ToList();

        Assert.Contains(lines, line => line.StartsWith("read from stream    20.0/s  ▅ █ ", StringComparison.Ordinal));
        Assert.Contains("Write side: -", nothing);
        Assert.All(
            Figures.OfWriteSide.Concat(Figures.OfReadSide),
            figure => Assert.Contains(nothing, line => line.Contains(figure.Label.PadRight(16) + "         -", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void An_account_is_shown_in_capacity_units_where_records_are_not_counted()
    {
        var figures = new PipelineFigures(
            Start,
            new() { CommandUnitsPerSecond = 12, ProjectionUnitsPerSecond = 48 },
            new() { UnitsPerSecond = 3 },
            []
        );

        var lines = new PipelineView("stack notifyquery on AWS", 160).Draw([figures]).Select(line => line.Text).ToList();

        Assert.Contains("12.0 WCU/s", lines[3], StringComparison.Ordinal);
        Assert.Contains("48.0 WCU/s", lines[3], StringComparison.Ordinal);
        Assert.Contains("3.0 RCU/s", lines[7], StringComparison.Ordinal);
    }

    [Fact]
    public void A_terminal_without_Unicode_gets_ASCII()
    {
        var lines = new PipelineView("x", 80, unicode: false).Draw([At(1, 1), At(2, 9)]);

        Assert.All(lines, line => Assert.All(line.Text, character => Assert.True(char.IsAscii(character), line.Text)));
    }

    [Fact]
    public void A_problem_is_marked_as_a_problem_and_wrapped_between_words()
    {
        var problems = new PipelineView("x", 80)
            .Draw([At(1, 1, [Problem])])
            .Where(line => line.Kind is LineKind.Problem)
            .Select(line => line.Text.Trim())
            .ToList();

        Assert.Equal(2, problems.Count);
        Assert.Equal("! " + Problem, string.Join(' ', problems));
    }

    [Fact]
    public void Redirected_it_is_one_line_with_a_name_for_each_figure()
    {
        Assert.Equal(
            "2026-11-22T08:15:37.000Z state=delivering read-from-stream=70.0/s invocations=7.0/s invocations-failed=0.0/s "
                + "records-done=70.0/s lag=0.7s iterator-age=0.1s"
                + " records-waiting=7 in-flight=2 dead-letters=3 queries=14.0/s queries-failed=0.0/s queries-p50=3.5ms queries-p99=7.0ms"
                + " queryresult=14.0/s queryresult-failed=0.0/s queryresult-p50=2.0ms queryresult-p99=4.0ms ! it burns",
            Figures.Line(At(7, 70, ["it\nburns"]))
        );
    }

    private static List<string> Draw(int width) =>
        [
            .. new PipelineView("http://127.0.0.1:4566", width)
                .Draw([.. Enumerable.Range(0, 8).Select(i => At(i, i * 10))])
                .Select(line => line.Text),
        ];

    // How long the arrows are is the next test's.
    private static string Pictured(string line) =>
        string.Join(' ', line.Replace('─', ' ').Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static PipelineFigures At(int second, double rate, string[]? problems = null) =>
        new(
            Start.AddSeconds(second),
            new()
            {
                State = "delivering",
                ReadPerSecond = rate,
                InvocationsPerSecond = rate / 10,
                FailedInvocationsPerSecond = 0,
                DonePerSecond = rate,
                Outstanding = second,
                InFlight = 2,
                LagSeconds = rate / 100,
                IteratorAgeSeconds = 0.1,
                DeadLetters = 3,
            },
            new() { Handler = new(rate / 5, 0, rate / 20, rate / 10), QueryResult = new(rate / 5, 0, 2, 4) },
            problems ?? []
        );
}
