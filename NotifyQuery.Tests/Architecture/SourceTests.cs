using NotifyQuery.Tests.Deploy;

namespace NotifyQuery.Tests.Architecture;

/// <summary>What the formatter does not hold: it breaks lines of code, but no comment and no string.</summary>
public sealed class SourceTests
{
    private const int Columns = 140; // .editorconfig, max_line_length
    private const int Lines = 250; // a type with one job fits

    [Fact]
    public void No_line_of_code_is_longer_than_140_columns_unless_it_is_data_in_a_raw_string()
    {
        var tooLong = SourceFiles().SelectMany(file => LongLines(File.ReadLines(file)).Select(line => $"{file}:{line}"));

        Assert.Empty(tooLong);
    }

    [Fact]
    public void A_line_that_is_too_long_is_found_and_data_in_a_raw_string_is_not()
    {
        var (code, quotes) = (new string('x', Columns + 1), "\"\"\"");

        Assert.Equal(
            [2, 6],
            LongLines([code[1..], code, $"var data = {quotes}", code, $"    {quotes};", code, $"Of({quotes}{code}{quotes})"])
        );
    }

    [Fact]
    public void No_file_of_code_has_more_than_250_lines() =>
        Assert.All(SourceFiles(), file => Assert.InRange(File.ReadLines(file).Count(), 0, Lines));

    /// <summary>The numbers of the lines that are too long.</summary>
    private static IEnumerable<int> LongLines(IEnumerable<string> lines)
    {
        var inRawString = false;
        foreach (var (index, line) in lines.Index())
        {
            var quotes = line.Split("\"\"\"").Length - 1;
            if (line.Length > Columns && !inRawString && quotes == 0)
                yield return index + 1;
            if (quotes % 2 == 1)
                inRawString = !inRawString;
        }
    }

    private static IEnumerable<string> SourceFiles() =>
        Directory
            .EnumerateFiles(Repository.Folder, "*.cs", SearchOption.AllDirectories)
            .Where(file =>
                !file.Split(Path.DirectorySeparatorChar).Any(folder => folder is "obj" or "bin" or "artifacts" or "StrykerOutput")
            );
}
