using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace NotifyQuery.Tests.Tools;

/// <summary>The result of the command line.</summary>
internal sealed record ToolResult(int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Errors);

/// <summary>The operator's command line as a real process, with its output redirected.</summary>
internal static partial class ToolProcess
{
    /// <summary>
    /// The program and its first arguments. A shell's background job ignores Ctrl-C (SIGINT), and so do all that it starts; the command
    /// line must not, or no test could interrupt it.
    /// </summary>
    private static readonly string[] Tool =
    [
        .. IgnoresInterrupt() ? (string[])["env", "--default-signal=INT"] : [],
        "dotnet",
        Path.Combine(AppContext.BaseDirectory, "notifyquery.dll"),
    ];

    public static async Task<ToolResult> RunAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var token = TestContext.Current.CancellationToken;
        using var process = Start(environment, arguments);
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(token), process.StandardError.ReadToEndAsync(token));
            await process.WaitForExitAsync(token);
            return new(process.ExitCode, LinesOf(await output), LinesOf(await errors));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    /// <summary>In a terminal with this many columns; returns its output, without colours.</summary>
    public static async Task<ToolResult> RunInTerminalAsync(
        int columns,
        IReadOnlyDictionary<string, string> environment,
        params string[] arguments
    )
    {
        using var process = StartInTerminal(columns, environment, arguments);
        return await process.ReadTerminalAsync();
    }

    /// <inheritdoc cref="RunInTerminalAsync(int, IReadOnlyDictionary{string, string}, string[])" />
    public static Task<ToolResult> RunInTerminalAsync(int columns, params string[] arguments) =>
        RunInTerminalAsync(columns, new Dictionary<string, string>(), arguments);

    /// <summary>Starts it in a terminal, whose keyboard is the standard input.</summary>
    public static Process StartInTerminal(int columns, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "no 'script' of util-linux, which makes terminals");
        var tool = string.Join(' ', Tool.Concat(arguments).Select(argument => $"'{argument}'"));
        var start = new ProcessStartInfo(
            "script",
            ["-qec", $"stty cols {columns.ToString(CultureInfo.InvariantCulture)}; exec {tool}", "/dev/null"]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = AppContext.BaseDirectory,
            Environment = { ["TERM"] = "xterm" },
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Waits for the end; returns what the terminal showed, without colours and without overwritten text.</summary>
    public static async Task<ToolResult> ReadTerminalAsync(this Process process)
    {
        var token = TestContext.Current.CancellationToken;
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(token);
            await process.WaitForExitAsync(token);
            return new(
                process.ExitCode,
                [.. ControlSequence().Replace(output, "").Split('\n').Select(line => line.TrimEnd('\r').Split('\r')[^1])],
                []
            );
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Presses Ctrl-C; returns the output after that.</summary>
    public static async Task<string> InterruptAsync(this Process process)
    {
        var token = TestContext.Current.CancellationToken;
        using var interrupt = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await interrupt.WaitForExitAsync(token);
        var errors = await process.StandardError.ReadToEndAsync(token);
        await process.WaitForExitAsync(token);
        return errors.TrimEnd();
    }

    public static Process Start(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Tool[0], [.. Tool[1..], .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>The output of a terminal, without colours and movements of the cursor.</summary>
    public static string WithoutControls(string output) => ControlSequence().Replace(output, "");

    [GeneratedRegex(@"\x1b(\[[0-9;?]*[A-Za-z]|[=>])")]
    private static partial Regex ControlSequence();

    private static bool IgnoresInterrupt()
    {
        const string ignored = "SigIgn:";
        const long interrupt = 1 << 1; // a bit for each signal, from signal 1; SIGINT is 2
        if (!OperatingSystem.IsLinux())
            return false;
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(ignored, StringComparison.Ordinal));
        return (Convert.ToInt64(line[ignored.Length..].Trim(), 16) & interrupt) != 0;
    }

    private static string[] LinesOf(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
