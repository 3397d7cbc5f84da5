using System.Xml.Linq;
using NotifyQuery.Benchmarks.Report;

namespace NotifyQuery.Tests.Benchmarks;

public sealed class PerformancePageTests : IDisposable
{
    private static readonly Machine Machine = new("a processor", 2, 24, "Linux", ".NET 10", "Release");
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("performance-");

    [Fact]
    public void What_is_written_by_hand_stays_and_the_figures_are_made_again()
    {
        var first = PerformancePage.Update("", new([Run("latency", "Latency", 4)]));
        var explained = first.Replace("## Latency", "## Latency\n\nWritten by hand before.", StringComparison.Ordinal) + "\nAnd after.\n";

        var second = PerformancePage.Update(explained, new([Run("latency", "Latency", 20)]));

        Assert.StartsWith("# Performance\n", second, StringComparison.Ordinal);
        Assert.Contains("## Latency\n\nWritten by hand before.\n\n<!-- figures: latency -->", second, StringComparison.Ordinal);
        Assert.EndsWith("<!-- /figures -->\n\nAnd after.\n", second, StringComparison.Ordinal);
        Assert.Contains("| p50 | ms | gateway: 4 | direct: 1 | 4 | at most 8 times direct | met |", first, StringComparison.Ordinal);
        Assert.Contains(
            "| p50 | ms | gateway: 20 | direct: 1 | 20 | at most 8 times direct | **missed** |",
            second,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("gateway: 4 ", second, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_figures_give_the_same_page()
    {
        var report = new PerformanceReport(
            [Run("latency", "Latency", 4), Run("start", "Start", 3)],
            new(DateTimeOffset.UnixEpoch, Machine, [new("Cursors", "encode", 1500, 20, 640)])
        );
        var page = PerformancePage.Update("", report);

        Assert.Equal(page, PerformancePage.Update(page, report));
        Assert.Contains("| Cursors | encode | 1.5 µs | 0.02 µs | 640 B |", page, StringComparison.Ordinal);
        Assert.Contains("Measured on: a processor, 2 cores, 24 GB, Linux, .NET 10, Release build.", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scenario_that_ran_alone_takes_the_place_of_its_former_run_and_leaves_the_others()
    {
        var publication = new Publication(folder.FullName);
        string[] order = ["start", "latency"];
        publication.Publish(report => report.With(Run("latency", "Latency", 4), order));
        publication.Publish(report => report.With(Run("start", "Start", 3), order));
        publication.Publish(report => report.With(Run("latency", "Latency", 5), order));

        var report = PerformanceReport.Read(Path.Combine(folder.FullName, "performance.json"));

        Assert.Equal(["start", "latency"], report.Scenarios.Select(run => run.Scenario));
        Assert.Equal([3, 5], report.Scenarios.Select(run => run.Results[0].Candidate.Median));
        Assert.Equal(Target.RatioAtMost(8), report.Scenarios[0].Results[0].Target);
        Assert.Contains(
            "](images/performance/latency-ms.svg)",
            File.ReadAllText(Path.Combine(folder.FullName, "performance.md")),
            StringComparison.Ordinal
        );
        Assert.True(File.Exists(Path.Combine(folder.FullName, "images", "performance", "latency-ms.svg")));
    }

    [Fact]
    public void Micro_benchmarks_that_were_not_run_keep_their_lines()
    {
        var before = new PerformanceReport([]).With(
            new MicroRun(DateTimeOffset.UnixEpoch, Machine, [new("Cursors", "encode", 1, 0, 0), new("Items", "read", 2, 0, 0)])
        );

        var after = before.With(new MicroRun(DateTimeOffset.UnixEpoch, Machine, [new("Cursors", "encode", 9, 0, 0)]));

        Assert.Equal([9, 2], after.Micro!.Results.Select(line => line.Nanoseconds));
    }

    [Fact]
    public void A_chart_is_valid_SVG_with_a_bar_for_each_series_in_proportion_and_colours_for_dark_pages()
    {
        var svg = XElement.Parse(BarChart.Write("Latency <p50>", "ms", Run("latency", "Latency", 4).Results));

        XNamespace ns = "http://www.w3.org/2000/svg";
        var bars = svg.Elements(ns + "rect").ToDictionary(bar => bar.Attribute("class")!.Value, bar => (double)bar.Attribute("width")!);
        Assert.Equal(4, bars["candidate"] / bars["baseline"], tolerance: 0.01);
        Assert.Equal("Latency <p50>", svg.Attribute("aria-label")!.Value);
        Assert.Contains("prefers-color-scheme: dark", svg.Element(ns + "style")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_spread_shows_as_a_line_from_the_smallest_to_the_largest_round()
    {
        var result = new ScenarioResult
        {
            Name = "p50",
            Unit = "ms",
            Candidate = new("gateway", [1, 2, 4]),
        };

        var svg = XElement.Parse(BarChart.Write("Latency", "ms", [result]));

        XNamespace ns = "http://www.w3.org/2000/svg";
        var (line, bar) = (svg.Element(ns + "line")!, svg.Element(ns + "rect")!);
        var (left, perUnit) = ((double)bar.Attribute("x")!, (double)bar.Attribute("width")! / 2);
        Assert.Equal((left + perUnit, left + (4 * perUnit)), ((double)line.Attribute("x1")!, (double)line.Attribute("x2")!));
    }

    [Fact]
    public void Figures_over_time_are_a_chart_of_lines_that_the_report_keeps()
    {
        var publication = new Publication(folder.FullName);
        ScenarioResult[] results =
        [
            OverTime("Handler", "MB", [100, 150, 200, 200]),
            OverTime("query function", "MB", [50, 50, 50, 100]),
            OverTime("Handler", "threads", [20, 20, 20, 20]),
            Run("x", "X", 4).Results[0],
        ];

        publication.Publish(report => report.With(Run("soak", "Soak", 4) with { Results = results }, ["soak"]));

        var page = File.ReadAllText(Path.Combine(folder.FullName, "performance.md"));
        Assert.Equal(2, page.Split("![").Length - 1); // the figure that was not measured over time has no chart here
        Assert.Contains("(images/performance/soak-mb.svg)", page, StringComparison.Ordinal);
        Assert.Contains("(images/performance/soak-threads.svg)", page, StringComparison.Ordinal);
        Assert.Equal(
            results[0].OverTime!.Points,
            PerformanceReport.Read(Path.Combine(folder.FullName, "performance.json")).Scenarios[0].Results[0].OverTime!.Points
        );
        var svg = XElement.Parse(File.ReadAllText(Path.Combine(folder.FullName, "images", "performance", "soak-mb.svg")));
        XNamespace ns = "http://www.w3.org/2000/svg";
        var lines = svg.Elements(ns + "polyline")
            .ToDictionary(
                line => line.Element(ns + "title")!.Value,
                line => line.Attribute("points")!.Value.Split(' ').Select(point => point.Split(',').Select(double.Parse).ToArray()).ToList()
            );
        Assert.Equal(["Handler", "query function"], lines.Keys);
        Assert.Equal(4, lines["Handler"].Count);
        // 0 is at the bottom, so 150 is halfway between 100 and 200, and lower on the page the less it is.
        Assert.Equal(lines["Handler"][1][1], (lines["Handler"][0][1] + lines["Handler"][2][1]) / 2, tolerance: 0.11);
        Assert.Equal(lines["Handler"][0][1], lines["query function"][3][1], tolerance: 0.11);
        Assert.Equal(lines["Handler"][0][0], lines["query function"][0][0]);
        Assert.Contains("prefers-color-scheme: dark", svg.Element(ns + "style")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_samples_are_at_most_60_points_of_the_same_duration()
    {
        var timeline = Timeline.Of("MB", 5, [.. Enumerable.Range(0, 720).Select(x => (double)x)]);

        Assert.Equal((60, 60), (timeline.Points.Count, timeline.SecondsPerPoint));
        Assert.Equal((5.5, 713.5), (timeline.Points[0], timeline.Points[^1]));
        Assert.Equal([1, 2, 3], Timeline.Of("MB", 5, [1, 2, 3]).Points);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static ScenarioResult OverTime(string name, string unit, double[] points) =>
        new()
        {
            Name = name,
            Unit = unit,
            Candidate = new("at the end", [points[^1]]),
            OverTime = new(unit, 60, points),
        };

    private static ScenarioRun Run(string name, string title, double gateway) =>
        new(
            name,
            title,
            "How it was done.",
            DateTimeOffset.UnixEpoch,
            12,
            Quick: false,
            Machine,
            [
                new()
                {
                    Name = "p50",
                    Unit = "ms",
                    Candidate = new("gateway", [gateway]),
                    Baseline = new("direct", [1]),
                    Target = Target.RatioAtMost(8),
                },
            ]
        );
}
