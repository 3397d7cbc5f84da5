using System.Reflection;

namespace Offline.Tests.Surface;

/// <summary>
/// A counterpart may have less than its package, and nothing else. Surface/&lt;package&gt;.txt lists what the real package has of it:
/// facts, taken from the real assembly or its source (docs/packages.md says from which), never from the counterpart.
/// </summary>
public sealed class SurfaceTests
{
    private static readonly string s_lists = Path.Combine(
        typeof(SurfaceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(it => it.Key == "RepositoryRoot").Value!, "offline", "Offline.Tests", "Surface");

    public static TheoryData<string> Packages =>
        [.. Directory.EnumerateFiles(AppContext.BaseDirectory, "Offline.*.dll").Select(file => Path.GetFileNameWithoutExtension(file)["Offline.".Length..]).Where(IsCounterpart).Order(StringComparer.Ordinal)];

    private static bool IsCounterpart(string name) => File.Exists(Path.Combine(s_lists, "..", "..", "packages", name, $"{name}.csproj"));

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_counterpart_has_nothing_that_the_real_package_lacks(string package)
    {
        var list = Path.Combine(s_lists, $"{package}.txt");
        Assert.True(File.Exists(list), $"The surface of {package} is not listed: {list} does not exist.");
        var real = Facts(list).ToHashSet(StringComparer.Ordinal);
        using var counterpart = new Signatures(Path.Combine(AppContext.BaseDirectory, $"Offline.{package}.dll"));
        var extra = counterpart.Stated().Select(fact => Comparable(list, fact)).Where(fact => !real.Contains(fact)).ToList();
        Assert.True(extra.Count == 0, $"The real {package} is not known to have:\n{string.Join('\n', extra)}");
    }

    /// <summary>The list itself is held against the real assembly, where a restore has brought it to this machine.</summary>
    [Theory]
    [InlineData("Aspire.Hosting.AppHost", "aspire.hosting", "Aspire.Hosting.dll")]
    [InlineData("Aspire.Hosting.Testing", "aspire.hosting.testing", "Aspire.Hosting.Testing.dll")]
    public void The_list_says_nothing_that_the_real_assembly_does_not(string list, string package, string file)
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var versions = Directory.Exists(Path.Combine(packages, package)) ? Directory.GetDirectories(Path.Combine(packages, package)) : [];
        Assert.SkipWhen(versions.Length == 0, $"{package} is not in the package cache: 'dotnet restore NotifyQuery.Tests -p:PackageMode=mixed' brings it, if the feed has it.");

        foreach (var version in versions)
        {
            // The newest framework's, as this project would get it.
            var assembly = Directory.EnumerateFiles(Path.Combine(version, "lib"), file, SearchOption.AllDirectories).OrderByDescending(path => path.Contains("net10.0", StringComparison.Ordinal)).First();
            var hosting = Directory.EnumerateDirectories(packages, "aspire.hosting").SelectMany(Directory.EnumerateDirectories)
                .Where(it => Path.GetFileName(it) == Path.GetFileName(version)).Select(it => Path.Combine(it, "lib", "net8.0")).Where(Directory.Exists);
            using var real = new Signatures(assembly, [.. hosting]);
            // It may be a later version than the pinned one, which calls more obsolete and requires less.
            var all = real.All().Select(Timeless).ToHashSet(StringComparer.Ordinal);
            var wrong = Facts(Path.Combine(s_lists, $"{list}.txt")).Where(fact => !all.Contains(Timeless(fact))).ToList();
            Assert.True(wrong.Count == 0, $"{package} {Path.GetFileName(version)} does not have:\n{string.Join('\n', wrong)}");
        }
    }

    private static string Timeless(string fact) => fact.Replace(" [obsolete]", "", StringComparison.Ordinal).Replace(" required {", " {", StringComparison.Ordinal);

    private static IEnumerable<string> Facts(string list) => File.ReadLines(list).Where(line => line.Length > 0 && line[0] != '#').Select(fact => Comparable(list, fact));

    /// <summary>Where the real package says nothing about null, neither is that compared: "?" stands for null only, a value's is Nullable.</summary>
    private static string Comparable(string list, string fact) =>
        File.ReadLines(list).First() == "# no nullability" ? fact.Replace("?", "", StringComparison.Ordinal) : fact;
}
