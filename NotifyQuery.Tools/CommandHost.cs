namespace NotifyQuery.Tools;

/// <summary>
/// What a command gets from the process it runs in: where it prints, whether that is a terminal, and the environment variables. The tests
/// run most command lines in their own process and give others: a process for each takes most of the time of such a test.
/// </summary>
/// <param name="Output">Takes results.</param>
/// <param name="Error">Takes errors and warnings.</param>
/// <param name="IsOutputRedirected">False when the output is a terminal: tables are drawn, sentences wrapped, progress shown.</param>
/// <param name="IsErrorRedirected">False when the errors go to a terminal: sentences are wrapped.</param>
/// <param name="Variable">The value of an environment variable; null when it is not set.</param>
internal sealed record CommandHost(
    TextWriter Output,
    TextWriter Error,
    bool IsOutputRedirected,
    bool IsErrorRedirected,
    Func<string, string?> Variable
)
{
    private static readonly AsyncLocal<CommandHost?> Given = new();

    /// <summary>The host of the command that runs: what was given to it, or this process.</summary>
    public static CommandHost Current =>
        Given.Value
        ?? new(Console.Out, Console.Error, Console.IsOutputRedirected, Console.IsErrorRedirected, Environment.GetEnvironmentVariable);

    /// <summary>Runs a command line with this host instead of the process.</summary>
    /// <param name="arguments">The command line, without the program's name.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(params string[] arguments)
    {
        Given.Value = this; // for this flow of execution alone: an async method's changes end with it
        return await CommandLine.RunAsync(arguments);
    }
}
