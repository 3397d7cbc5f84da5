using System.Collections.Concurrent;
using System.Reflection;
using CliWrap;
using CliWrap.Buffered;

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
        try
        {
            var result = await Cli.Wrap(await ProgramOfAsync(command, token))
                .WithArguments(arguments)
                .WithWorkingDirectory(Folder)
                .WithEnvironmentVariables(variables =>
                {
                    foreach (var (name, value) in environment ?? new Dictionary<string, string>())
                        variables.Set(name, value);
                })
                .WithValidation(CommandResultValidation.None)
                .ExecuteBufferedAsync(token);
            return new(result.ExitCode, result.StandardOutput, result.StandardError);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{command} is not installed (docs/deploy.md, Prerequisites)");
            throw; // not reached
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
        var which = await Cli.Wrap("pyenv")
            .WithArguments(["which", command])
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(cancellationToken);
        return Shims[command] = which.IsSuccess ? which.StandardOutput.Trim() : command;
    }
}
