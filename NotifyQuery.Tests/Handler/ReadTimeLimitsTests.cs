using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using NotifyQuery.ServiceDefaults;

namespace NotifyQuery.Tests.Handler;

/// <summary>The time limits of the read side, and the table that documents them.</summary>
public sealed partial class ReadTimeLimitsTests
{
    [Fact]
    public void Each_limit_fits_inside_the_one_before_with_time_to_say_why()
    {
        TimeSpan[] limits =
        [
            ReadTimeLimits.Gateway,
            ReadTimeLimits.QueryFunction,
            ReadTimeLimits.Handler,
            ReadTimeLimits.Read,
            ReadTimeLimits.Invocation,
            ReadTimeLimits.QueryResultFunction,
            ReadTimeLimits.Table,
            ReadTimeLimits.TableAttempt,
        ];

        Assert.All(
            limits.Zip(limits.Skip(1)),
            pair => Assert.True(pair.First - pair.Second >= TimeSpan.FromSeconds(1), $"{pair.Second} inside {pair.First}")
        );
        Assert.True(ReadTimeLimits.Gateway < TimeSpan.FromSeconds(30)); // the most that AWS allows
        Assert.True(2 * ReadTimeLimits.TableAttempt < ReadTimeLimits.Table); // a read that hangs is made a second time
    }

    [Fact]
    public void The_documented_table_says_what_the_code_does()
    {
        var root = typeof(ReadTimeLimitsTests)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == "RepositoryRoot")
            .Value!;
        var documented = Row()
            .Matches(File.ReadAllText(Path.Combine(root, "docs", "architecture.md")))
            .ToDictionary(row => row.Groups["name"].Value, row => double.Parse(row.Groups["seconds"].Value, CultureInfo.InvariantCulture));
        var declared = typeof(ReadTimeLimits)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .ToDictionary(field => field.Name, field => ((TimeSpan)field.GetValue(null)!).TotalSeconds);

        Assert.Equal(declared, documented);
    }

    [GeneratedRegex(@"^\| `ReadTimeLimits\.(?<name>\w+)` \|.*\| (?<seconds>[\d.]+) s \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
