using System.Xml.Linq;

namespace NotifyQuery.Tools.Report;

/// <summary>The outcome of a run of tests.</summary>
/// <param name="Project">The test project.</param>
/// <param name="Passed">Tests that passed.</param>
/// <param name="Failed">Tests that failed.</param>
/// <param name="Skipped">Tests that were skipped.</param>
/// <param name="ByArea">Tests that passed, by the namespace below the project's.</param>
internal sealed record TestResults(string Project, int Passed, int Failed, int Skipped, IReadOnlyList<(string Area, int Passed)> ByArea)
{
    private static readonly XNamespace Trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

    public static TestResults Read(FileInfo file)
    {
        var run = XDocument.Load(file.FullName).Root!;
        var classes = run.Descendants(Trx + "UnitTest")
            .ToDictionary(test => (string)test.Attribute("id")!, test => (string)test.Element(Trx + "TestMethod")!.Attribute("className")!);
        var results = run.Descendants(Trx + "UnitTestResult")
            .Select(result => (Class: classes[(string)result.Attribute("testId")!], Outcome: (string)result.Attribute("outcome")!))
            .ToList();
        var project =
            results.Count == 0 ? file.Name
            : results[0].Class.StartsWith("NotifyQuery.Tests", StringComparison.Ordinal) ? "NotifyQuery.Tests"
            : "Counterparts.Tests";
        return new(
            project,
            results.Count(result => result.Outcome == "Passed"),
            results.Count(result => result.Outcome == "Failed"),
            results.Count(result => result.Outcome is not ("Passed" or "Failed")),
            [
                .. results
                    .Where(result => result.Outcome == "Passed")
                    .GroupBy(result => AreaOf(result.Class, project))
                    .OrderBy(area => area.Key, StringComparer.Ordinal)
                    .Select(area => (area.Key, area.Count())),
            ]
        );
    }

    private static string AreaOf(string className, string project) =>
        className.StartsWith(project + ".", StringComparison.Ordinal) && className[(project.Length + 1)..].Split('.') is [var area, _, ..]
            ? area
            : "";
}
