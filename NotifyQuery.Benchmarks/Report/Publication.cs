using System.CommandLine;

namespace NotifyQuery.Benchmarks.Report;

/// <summary>
/// The folder in which the figures are published: performance.json, performance.md generated from it, and the charts of the page.
/// </summary>
internal sealed class Publication(string folder)
{
    private string Json => Path.Combine(folder, "performance.json");

    private string Page => Path.Combine(folder, "performance.md");

    /// <summary>The folder option of every command.</summary>
    public static Option<string> FolderOption() =>
        new("--output") { Description = "The folder of performance.json and performance.md.", DefaultValueFactory = _ => "docs" };

    /// <summary>Adds figures, and updates the page.</summary>
    public void Publish(Func<PerformanceReport, PerformanceReport> add)
    {
        Directory.CreateDirectory(folder);
        var report = add(PerformanceReport.Read(Json));
        report.Write(Json);
        File.WriteAllText(Page, PerformancePage.Update(File.Exists(Page) ? File.ReadAllText(Page) : "", report));
        foreach (var chart in PerformancePage.Charts(report))
        {
            var path = Path.Combine(folder, chart.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, chart.Svg);
        }
    }
}
