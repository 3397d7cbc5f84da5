using System.Text.RegularExpressions;
using NotifyQuery.Tests.Deploy;

namespace NotifyQuery.Tests.Hosting;

/// <summary>Both READMEs say the same, and every link leads somewhere.</summary>
public sealed partial class DocumentationTests
{
    private const string English = "README.md";
    private const string Chinese = "README.zh-TW.md";

    /// <summary>Every document, relative to the repository's folder.</summary>
    public static TheoryData<string> Documents =>
        [
            .. new[] { "", "docs" }.SelectMany(folder =>
                Directory
                    .EnumerateFiles(Repository.PathOf(folder), "*.md")
                    .Order()
                    .Select(file => Path.GetRelativePath(Repository.Folder, file))
            ),
        ];

    [Fact]
    public async Task Both_READMEs_have_the_same_commands_in_the_same_order() =>
        AssertSame(Commands(await Repository.ReadAsync(English)), Commands(await Repository.ReadAsync(Chinese)));

    [Fact]
    public async Task Both_READMEs_have_the_same_chapters() =>
        AssertSame(
            Headings(await Repository.ReadAsync(English)).Select(heading => heading.Level),
            Headings(await Repository.ReadAsync(Chinese)).Select(heading => heading.Level)
        );

    [Fact]
    public async Task Both_READMEs_have_the_same_settings_with_the_same_defaults() =>
        AssertSame(Settings(await Repository.ReadAsync(English)), Settings(await Repository.ReadAsync(Chinese)));

    [Theory]
    [InlineData(English, Chinese)]
    [InlineData(Chinese, English)]
    public async Task Each_README_names_the_other_in_its_first_lines(string file, string other) =>
        Assert.Contains(other, (await Repository.ReadAsync(file)).Split('\n').Take(3).SelectMany(Targets));

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Every_link_to_a_file_or_to_a_place_in_one_leads_there(string document)
    {
        var broken = new List<string>();
        foreach (
            var target in Targets(Prose(await Repository.ReadAsync(document)))
                .Where(target => !target.Contains("://", StringComparison.Ordinal))
        )
        {
            var (path, anchor) = target.Split('#', 2) is [var before, var after] ? (before, after) : (target, null);
            var file = path.Length == 0 ? document : Path.Combine(Path.GetDirectoryName(document)!, path);
            if (
                !Path.Exists(Repository.PathOf(file)) || (anchor is not null && !Anchors(await Repository.ReadAsync(file)).Contains(anchor))
            )
                broken.Add(target);
        }

        Assert.True(broken.Count == 0, $"{document} links to what is not there: {string.Join(", ", broken)}");
    }

    private static void AssertSame<T>(IEnumerable<T> expected, IEnumerable<T> actual)
    {
        Assert.NotEmpty(expected);
        Assert.Equal(expected, actual);
    }

    /// <summary>The lines of the bash blocks, without comments and without the space that lines these up.</summary>
    private static IEnumerable<string> Commands(string text) =>
        Fence()
            .Matches(text)
            .Where(block => block.Groups["language"].Value == "bash")
            .SelectMany(block => block.Groups["code"].Value.Split('\n'))
            .Select(line => Comment().Replace(line, "").TrimEnd())
            .Where(line => line.Length > 0);

    private static IEnumerable<(int Level, string Text)> Headings(string text) =>
        Heading().Matches(Fence().Replace(text, "")).Select(heading => (heading.Groups["marks"].Length, heading.Groups["text"].Value));

    private static IEnumerable<(string Name, string Default)> Settings(string text) =>
        Setting().Matches(text).Select(row => (row.Groups["name"].Value, row.Groups["default"].Value.Trim()));

    private static IEnumerable<string> Targets(string prose) => Link().Matches(prose).Select(link => link.Groups["target"].Value);

    /// <summary>What is not code: there a link is only text.</summary>
    private static string Prose(string text) => InlineCode().Replace(Fence().Replace(text, ""), "");

    /// <summary>The names a link may end with: those of the headings, as code hosts make them, and those that are set by hand.</summary>
    private static HashSet<string> Anchors(string text) =>
        [
            .. Headings(text).Select(heading => NotInAnAnchor().Replace(heading.Text.ToLowerInvariant(), "").Replace(' ', '-')),
            .. Id().Matches(text).Select(id => id.Groups["id"].Value),
        ];

    [GeneratedRegex(@"^```(?<language>\w*)\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"(^|\s)#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("^(?<marks>#+) (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\| (?<name>`(NotifyQuery:|[A-Z_]+`)[^|]*) \|(?<default>[^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Setting();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"[^\p{L}\p{M}\p{N}_\- ]")]
    private static partial Regex NotInAnAnchor();

    [GeneratedRegex("<a id=\"(?<id>[^\"]+)\">")]
    private static partial Regex Id();
}
