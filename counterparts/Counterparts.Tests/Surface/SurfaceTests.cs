using System.Reflection;

namespace Counterparts.Tests.Surface;

/// <summary>
/// A counterpart may have less than its package, and nothing else. Surface/&lt;package&gt;.txt lists the members of the real package:
/// facts taken from the real assembly or its source (docs/packages.md says from which), never from the counterpart.
/// </summary>
public sealed class SurfaceTests
{
    private static readonly string s_lists = Path.Combine(
        typeof(SurfaceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(it => it.Key == "RepositoryRoot").Value!,
        "counterparts",
        "Counterparts.Tests",
        "Surface"
    );

    public static TheoryData<string> Packages =>
        [
            .. Directory
                .EnumerateFiles(AppContext.BaseDirectory, "Counterparts.*.dll")
                .Select(file => Path.GetFileNameWithoutExtension(file)["Counterparts.".Length..])
                .Where(IsCounterpart)
                .Order(StringComparer.Ordinal),
        ];

    private static bool IsCounterpart(string name) => File.Exists(Path.Combine(s_lists, "..", "..", "packages", name, $"{name}.csproj"));

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_counterpart_has_nothing_that_the_real_package_lacks(string package)
    {
        var list = Path.Combine(s_lists, $"{package}.txt");
        Assert.True(File.Exists(list), $"The surface of {package} is not listed: {list} does not exist.");
        var real = Facts(list).ToHashSet(StringComparer.Ordinal);
        using var counterpart = new Signatures(Path.Combine(AppContext.BaseDirectory, $"Counterparts.{package}.dll"));
        var extra = counterpart.Stated().Select(fact => Comparable(list, fact)).Where(fact => !real.Contains(fact)).ToList();
        Assert.True(extra.Count == 0, $"The real {package} is not known to have:\n{string.Join('\n', extra)}");
    }

    private static IEnumerable<string> Facts(string list) =>
        File.ReadLines(list).Where(line => line.Length > 0 && line[0] != '#').Select(fact => Comparable(list, fact));

    /// <summary>
    /// If the real package says nothing about null, it is not compared either: "?" stands for null only; for a value it is Nullable.
    /// </summary>
    private static string Comparable(string list, string fact) =>
        File.ReadLines(list).First() == "# no nullability" ? fact.Replace("?", "", StringComparison.Ordinal) : fact;
}
