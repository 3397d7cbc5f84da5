using System.Globalization;
using System.Text.RegularExpressions;

namespace NotifyQuery.AppHost.Backends;

/// <summary>The Java that runs DynamoDB Local.</summary>
internal static partial class Java
{
    private const int OldestVersion = 11;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>The command of the first Java that is new enough: the one on the PATH, else the one in <c>JAVA_HOME</c>.</summary>
    /// <exception cref="SettingsException">There is no such Java; the message says what was found.</exception>
    public static string Find()
    {
        int? newest = null;
        foreach (var command in Candidates())
        {
            if (CommandLine.Run(command, Timeout, "-version") is not { ExitCode: 0 } answer)
                continue;
            var version = VersionOf(answer.Output);
            if (version >= OldestVersion)
                return command;
            newest = Math.Max(version, newest ?? 0);
        }

        throw new SettingsException(
            newest is { } found
                ? $"Java {OldestVersion}+ not found, only Java {found.ToString(CultureInfo.InvariantCulture)}: install a newer JRE and "
                    + $"put it on the PATH or in JAVA_HOME, or start Docker to use LocalStack."
                : $"Java {OldestVersion}+ not found: install a JRE, or start Docker to use LocalStack."
        );
    }

    private static IEnumerable<string> Candidates()
    {
        yield return "java";
        if (Environment.GetEnvironmentVariable("JAVA_HOME") is { Length: > 0 } home)
            yield return Path.Combine(home, "bin", OperatingSystem.IsWindows() ? "java.exe" : "java");
    }

    /// <summary>
    /// The feature version: 17 of <c>version "17.0.15"</c>, 8 of <c>"1.8.0_292"</c> (the scheme before Java 9); 0 if there is none.
    /// </summary>
    internal static int VersionOf(string output) =>
        VersionPattern().Match(output) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex("""version "(?:1\.)?(\d+)""")]
    private static partial Regex VersionPattern();
}
