namespace NotifyQuery.Tools;

/// <summary>
/// The environment of a command: where it prints, whether that is a terminal, and the environment variables. Most tests run command lines
/// in the test process with a host of their own, because starting a process takes most of the time of such a test.
/// </summary>
/// <param name="Output">Receives results.</param>
/// <param name="Error">Receives errors and warnings.</param>
/// <param name="IsOutputRedirected">False if the output is a terminal: tables are drawn, sentences wrapped, progress shown.</param>
/// <param name="IsErrorRedirected">False if errors go to a terminal: sentences are wrapped.</param>
/// <param name="Variable">Returns the value of an environment variable; null if it is not set.</param>
internal sealed record CommandHost(
    TextWriter Output,
    TextWriter Error,
    bool IsOutputRedirected,
    bool IsErrorRedirected,
    Func<string, string?> Variable
)
{
    private static readonly AsyncLocal<CommandHost?> Given = new();

    /// <summary>The host of the current command: the one that a test set, or this process.</summary>
    public static CommandHost Current =>
        Given.Value
        ?? new(Console.Out, Console.Error, Console.IsOutputRedirected, Console.IsErrorRedirected, Environment.GetEnvironmentVariable);

    /// <summary>Runs a command line with this host instead of the process.</summary>
    /// <param name="arguments">The command line, without the program's name.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(params string[] arguments)
    {
        Given.Value = this; // only for this execution context: a change in an async method ends with the method
        return await CommandLine.RunAsync(arguments);
    }
}
