using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace NotifyQuery.Benchmarks.Report;

/// <summary>
/// The figures in performance.md. They are between markers (<c>&lt;!-- figures: name --&gt;</c> and <c>&lt;!-- /figures --&gt;</c>) and are
/// generated from the report each time. The text outside the markers is not changed.
/// </summary>
internal static partial class PerformancePage
{
    public const string Summary = "summary";
    public const string Micro = "micro";
    private const string ChartFolder = "images/performance";

    /// <summary>A chart, with its path relative to the page.</summary>
    public sealed record Chart(string Path, string Svg);

    /// <summary>Updates the figures on the page. A part without markers is added at the end.</summary>
    public static string Update(string page, PerformanceReport report)
    {
        if (page.Length == 0)
            page = "# Performance\n";
        page = Put(page, Summary, "Targets", Targets(report));
        foreach (var run in report.Scenarios)
            page = Put(page, run.Scenario, run.Title, Figures(run));
        return report.Micro is { } micro ? Put(page, Micro, "Micro benchmarks", Lines(micro)) : page;
    }

    /// <summary>The charts on the page.</summary>
    public static IEnumerable<Chart> Charts(PerformanceReport report) =>
        report.Scenarios.SelectMany(run =>
            Charted(run)
                .Select(group => new Chart(
                    PathOf(run, group.Key),
                    group.First().OverTime is null
                        ? BarChart.Write(run.Title, group.Key, [.. group])
                        : LineChart.Write(run.Title, [.. group])
                ))
        );

    private static string Put(string page, string name, string title, string content)
    {
        var block = $"<!-- figures: {name} -->\n{content}<!-- /figures -->";
        var place = Block().Matches(page).FirstOrDefault(match => match.Groups["name"].Value == name);
        return place is null
            ? $"{page.TrimEnd('\n')}\n\n## {title}\n\n{block}\n"
            : string.Concat(page.AsSpan(0, place.Index), block, page.AsSpan(place.Index + place.Length));
    }

    private static string Targets(PerformanceReport report)
    {
        var text = new StringBuilder();
        foreach (var machine in report.Scenarios.Select(run => run.Machine).Distinct())
            text.Append(CultureInfo.InvariantCulture, $"Measured on: {machine}.\n");
        text.Append("\n| scenario | figure | measured | target | |\n| --- | --- | --- | --- | --- |\n");
        foreach (var run in report.Scenarios)
        {
            foreach (var result in run.Results.Where(it => it.Target is not null))
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {Cell(run.Title)} | {Cell(result.Name)} | {Judged(result)} | {Describe(result)} | {Say(result.Verdict)} |\n"
                );
        }

        return text.ToString();
    }

    private static string Figures(ScenarioRun run)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{run.How}\n\nMeasured {run.MeasuredAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC, in {run.Seconds:0} "
                + $"s{(run.Quick ? " (a quick run: rough figures)" : "")}. Median of the rounds (smallest – largest).\n\n"
        );
        foreach (var group in Charted(run))
            text.Append(CultureInfo.InvariantCulture, $"![{run.Title}, {group.Key}]({PathOf(run, group.Key)})\n\n");
        text.Append("| figure | unit | measured | compared with | ratio | target | |\n| --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (var result in run.Results)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {Cell(result.Name)} | {Cell(result.Unit)} | {Cell(result.Candidate.Name)}: {Number.WriteSpread(result.Candidate)} "
                    + $"| {(result.Baseline is { } baseline ? $"{Cell(baseline.Name)}: {Number.WriteSpread(baseline)}" : "")} "
                    + $"| {(result.Ratio is { } ratio ? Number.Write(ratio) : "")} | {Describe(result)} | {Say(result.Verdict)} |\n"
            );
        }

        var notes = run.Results.Where(result => result.Note is not null).ToList();
        if (notes.Count > 0)
            text.Append('\n');
        foreach (var result in notes)
            text.Append(CultureInfo.InvariantCulture, $"- {result.Name}: {result.Note}\n");
        return text.ToString();
    }

    private static string Lines(MicroRun micro)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"Measured {micro.MeasuredAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC on: {micro.Machine}.\n\n| what | operation | mean | ± | "
                + $"allocated |\n| --- | --- | --- | --- | --- |\n"
        );
        foreach (var line in micro.Results)
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {line.Group} | {line.Name} | {Number.Write(line.Nanoseconds / 1000)} µs | {Number.Write(line.Error / 1000)} µs | "
                    + $"{line.AllocatedBytes:N0} B |\n"
            );
        return text.ToString();
    }

    /// <summary>The figures of each chart, by unit. If some were measured over time, only these have charts.</summary>
    private static IEnumerable<IGrouping<string, ScenarioResult>> Charted(ScenarioRun run)
    {
        var overTime = run.Results.Where(result => result.OverTime is not null).ToList();
        return overTime.Count > 0 ? overTime.GroupBy(result => result.OverTime!.Unit) : run.Results.GroupBy(result => result.Unit);
    }

    private static string PathOf(ScenarioRun run, string unit) =>
        $"{ChartFolder}/{run.Scenario}-{NotInAName().Replace(unit.ToLowerInvariant(), "-").Trim('-')}.svg";

    private static string Judged(ScenarioResult result) =>
        result.Target!.Of switch
        {
            Measure.Ratio => $"{Number.Write(result.Ratio!.Value)} times",
            Measure.Difference => $"{Number.Write(result.Difference!.Value)} {result.Unit} more",
            _ => $"{Number.Write(result.Candidate.Median)} {result.Unit}",
        };

    private static string Describe(ScenarioResult result) =>
        result.Target is not { } target
            ? ""
            : (target.Side is Side.AtMost ? "at most " : "at least ")
                + target.Of switch
                {
                    Measure.Ratio => $"{Number.Write(target.Bound)} times {Cell(result.Baseline?.Name ?? "")}",
                    Measure.Difference => $"{Number.Write(target.Bound)} {result.Unit} more than {Cell(result.Baseline?.Name ?? "")}",
                    _ => $"{Number.Write(target.Bound)} {result.Unit}",
                };

    private static string Say(Verdict verdict) =>
        verdict switch
        {
            Verdict.Met => "met",
            Verdict.Missed => "**missed**",
            _ => "",
        };

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    [GeneratedRegex("<!-- figures: (?<name>[a-z0-9-]+) -->\n.*?<!-- /figures -->", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotInAName();
}
