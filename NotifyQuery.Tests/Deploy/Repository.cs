using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;

namespace NotifyQuery.Tests.Deploy;

/// <summary>What a command answered.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Errors);

/// <summary>The repository's files, and the tools that read them.</summary>
internal static class Repository
{
    public static readonly string Folder = Path.TrimEndingDirectorySeparator(
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!
    );

    private static readonly ConcurrentDictionary<string, string> Shims = new(StringComparer.Ordinal);

    public static string PathOf(string relative) => Path.Combine(Folder, relative);

    public static Task<string> ReadAsync(string relative) => File.ReadAllTextAsync(PathOf(relative), TestContext.Current.CancellationToken);

    /// <summary>Runs a command in the repository's folder; the test is skipped where the command is not installed.</summary>
    public static async Task<CommandResult> RunAsync(
        string command,
        string[] arguments,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        var token = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo(await ProgramOfAsync(command, token), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
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
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>A shim of pyenv is a script that takes as long as the program behind it: the program is run directly.</summary>
    private static async Task<string> ProgramOfAsync(string command, CancellationToken cancellationToken)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, command))
            .FirstOrDefault(File.Exists);
        if (path?.Contains("/.pyenv/shims/", StringComparison.Ordinal) != true)
            return command;
        if (Shims.TryGetValue(command, out var known))
            return known;
        using var which = Process.Start(
            new ProcessStartInfo("pyenv", ["which", command]) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var program = (await which.StandardOutput.ReadToEndAsync(cancellationToken)).Trim();
        await which.WaitForExitAsync(cancellationToken);
        return Shims[command] = which.ExitCode == 0 ? program : command;
    }
}
