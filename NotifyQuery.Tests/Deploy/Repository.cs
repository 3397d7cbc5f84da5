using System.Diagnostics;
using System.Reflection;

namespace NotifyQuery.Tests.Deploy;

/// <summary>What a command answered.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Errors);

/// <summary>The repository's files, and the tools that read them.</summary>
internal static class Repository
{
    public static readonly string Folder = Path.TrimEndingDirectorySeparator(
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!);

    public static string PathOf(string relative) => Path.Combine(Folder, relative);

    public static Task<string> ReadAsync(string relative) => File.ReadAllTextAsync(PathOf(relative), TestContext.Current.CancellationToken);

    /// <summary>Runs a command in the repository's folder; the test is skipped where the command is not installed.</summary>
    public static async Task<CommandResult> RunAsync(string command, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var token = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        Process? started = null;
        try
        {
            started = Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{command} is not installed (docs/deploy.md, Prerequisites)");
        }

        using var process = started!;
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(token), process.StandardError.ReadToEndAsync(token));
            await process.WaitForExitAsync(token);
            return new(process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
