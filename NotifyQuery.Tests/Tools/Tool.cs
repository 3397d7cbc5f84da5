using NotifyQuery.Tools;

namespace NotifyQuery.Tests.Tools;

/// <summary>
/// The operator's command line in the tests' own process, its output redirected. What needs a process of its own (a terminal, Ctrl-C, the
/// SDK's environment variables) uses <see cref="ToolProcess" />.
/// </summary>
internal static class Tool
{
    private static readonly Dictionary<string, string> NoVariables = [];

    public static Task<ToolResult> RunAsync(params string[] arguments) => RunAsync(NoVariables, arguments);

    /// <summary>With these environment variables beside those of the tests' process.</summary>
    public static async Task<ToolResult> RunAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using StringWriter output = new(),
            errors = new();
        var host = new CommandHost(
            TextWriter.Synchronized(output),
            TextWriter.Synchronized(errors),
            IsOutputRedirected: true,
            IsErrorRedirected: true,
            name => environment.TryGetValue(name, out var given) ? given : Environment.GetEnvironmentVariable(name)
        );
        var exitCode = await host.RunAsync(arguments);
        return new(exitCode, LinesOf(output), LinesOf(errors));
    }

    private static string[] LinesOf(StringWriter writer) =>
        writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
