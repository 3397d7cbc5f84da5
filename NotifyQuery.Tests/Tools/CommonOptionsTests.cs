using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace NotifyQuery.Tests.Tools;

/// <summary>What all commands have in common: no answer, wrong usage, an account, help, completion.</summary>
public sealed class CommonOptionsTests
{
    private const string Letter = "2026-11-22T08:15:30.123Z#event-1";

    private static readonly string[] None =
    [
        "--endpoint",
        "http://127.0.0.1:9",
        "--handler",
        "http://127.0.0.1:9",
        "--gateway",
        "http://127.0.0.1:9",
    ];

    private static readonly string[][] Commands =
    [
        ["simulate-writes"],
        ["check-stream"],
        ["check-api"],
        ["bench"],
        ["inspect"],
        ["reconcile"],
        ["rebuild"],
        ["failures", "list"],
        ["failures", "show", Letter],
        ["failures", "retry", "--all", "--yes"],
        ["failures", "discard", Letter],
        ["seed"],
        ["report", "--output", "report.md"],
    ];

    [Theory]
    [InlineData("simulate-writes")]
    [InlineData("check-stream")]
    [InlineData("check-api")]
    [InlineData("bench")]
    [InlineData("inspect")]
    [InlineData("rebuild")]
    [InlineData("reconcile")]
    [InlineData("failures list")]
    [InlineData("failures show", Letter)]
    [InlineData("failures retry", "--all", "--yes")]
    [InlineData("failures discard", Letter)]
    [InlineData("seed", "--count", "100")]
    [InlineData("report", "--output", "report.md")]
    public async Task If_nothing_answers_a_command_says_so_with_the_fix_and_exits_with_3(string command, params string[] options)
    {
        string[] line = [.. command.Split(' '), .. options, .. None];
        var both = await Task.WhenAll(RunAsync(line), RunAsync([.. line, "--json"])); // most of it is waiting for an answer
        var (result, json) = (both[0], both[1]);

        Assert.Equal((3, 3), (result.ExitCode, json.ExitCode));
        Assert.Contains(
            "Start the system with 'dotnet run --project NotifyQuery.AppHost', or give its address with --",
            Assert.Single(result.Errors),
            StringComparison.Ordinal
        );
        var error = JsonDocument.Parse(string.Join('\n', json.Output)).RootElement.GetProperty("error");
        Assert.Equal(
            (Assert.Single(result.Errors), 3),
            (error.GetProperty("message").GetString(), error.GetProperty("exit_code").GetInt32())
        );
        Assert.Empty(json.Errors);
    }

    [Theory]
    [InlineData("--within must be from 0.1 to 3600.", "check-stream", "--within", "0")]
    [InlineData("--requests must be from 1 to 100000.", "check-api", "--requests", "0")]
    [InlineData("--concurrency must be from 2 to 256.", "bench", "--concurrency", "1")]
    [InlineData("--duration is '0': it must be from 0.1s to 24h", "bench", "--duration", "0")]
    [InlineData("Give the address of the API with --gateway or --handler.", "bench", "--endpoint", "aws")]
    [InlineData("--days must be from 1 to 365.", "inspect", "--days", "0")]
    [InlineData("--count must be from 1 to 100000000.", "seed", "--count", "0")]
    [InlineData("--newest is 'soon': it must be a date or a time like 2026-11-22T08:15:30Z.", "seed", "--newest", "soon")]
    [InlineData("--timeout must be from 0.1 to 3600.", "reconcile", "--timeout", "0")]
    [InlineData("--gateway is 'ftp://x': it must be an address like http://127.0.0.1:4566.", "check-api", "--gateway", "ftp://x")]
    [InlineData("--test-results names 'none.trx', which does not exist.", "report", "--output", "report.md", "--test-results", "none.trx")]
    [InlineData("Give the address of the API with --gateway or --handler.", "check-api", "--endpoint", "aws")]
    [InlineData("'seed' writes to the account's tables: add --allow-writes to confirm.", "seed", "--endpoint", "aws")]
    [InlineData("'check-stream' writes to the account's tables: add --allow-writes to confirm.", "check-stream", "--endpoint", "aws")]
    [InlineData("'simulate-writes' writes to the account's tables: add --allow-writes to confirm.", "simulate-writes", "--endpoint", "aws")]
    [InlineData(
        "'report' writes to the account's tables: add --allow-writes to confirm.",
        "report",
        "--endpoint",
        "aws",
        "--output",
        "report.md"
    )]
    public async Task Wrong_usage_is_reported_before_anything_is_done_and_exits_with_2(string sentence, params string[] arguments)
    {
        var result = await RunAsync(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(result.Errors, line => line.StartsWith(sentence, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--days must be from 1 to 365.", "inspect", "--days", "0")]
    [InlineData("'seed' writes to the account's tables: add --allow-writes to confirm.", "seed", "--endpoint", "aws")]
    public async Task Wrong_usage_is_reported_to_machines_too(string sentence, params string[] arguments)
    {
        var json = await RunAsync([.. arguments, "--json"]);

        Assert.Equal(2, json.ExitCode);
        Assert.StartsWith(
            sentence,
            JsonDocument.Parse(string.Join('\n', json.Output)).RootElement.GetProperty("error").GetProperty("message").GetString(),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("simulate-writes")]
    [InlineData("check-stream")]
    [InlineData("check-api")]
    [InlineData("bench")]
    [InlineData("inspect")]
    [InlineData("reconcile")]
    [InlineData("rebuild")]
    [InlineData("seed")]
    [InlineData("report")]
    public async Task Help_ends_with_examples(string command)
    {
        var result = await ToolProcess.RunAsync(new Dictionary<string, string>(), command, "--help"); // it says the program's name

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Examples:", result.Output);
        Assert.Contains($"notifyquery {command} [options]", result.Output);
        Assert.StartsWith($"notifyquery {command}", result.Output[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_terminal_of_80_columns_wrong_usage_the_help_and_an_error_fit()
    {
        foreach (var command in Commands)
        {
            var both = await Task.WhenAll(
                ToolProcess.RunInTerminalAsync(80, [.. command, "--timeout", "much"]),
                ToolProcess.RunInTerminalAsync(80, [.. command, .. None]) // most of it is waiting for an answer
            );
            var (wrong, nothing) = (both[0], both[1]);

            Assert.Equal((2, 3), (wrong.ExitCode, nothing.ExitCode));
            Assert.Contains(wrong.Output, line => line.StartsWith($"  notifyquery {command[0]} ", StringComparison.Ordinal));
            Assert.StartsWith("Cannot parse argument 'much' for option '--timeout'", wrong.Output[0], StringComparison.Ordinal);
            Assert.Contains(
                "Start the system with 'dotnet run --project NotifyQuery.AppHost'",
                string.Join(' ', nothing.Output.Select(line => line.TrimEnd())),
                StringComparison.Ordinal
            );
            Assert.All([.. wrong.Output, .. nothing.Output], line => Assert.InRange(line.Length, 0, 80));
        }
    }

    [Fact]
    public async Task The_shell_gets_the_possible_continuations_of_a_command()
    {
        var result = await RunAsync("[suggest:6]", "check-");

        Assert.Equal(["check-api", "check-stream"], result.Output.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Ctrl_C_while_nothing_answers_yet_ends_any_command_with_130()
    {
        var token = TestContext.Current.CancellationToken;
        foreach (var command in Commands)
        {
            // Takes requests and never answers. One for each command: what came for the one before would be taken for this one's.
            using var silent = new TcpListener(IPAddress.Loopback, 0);
            silent.Start();
            using var process = ToolProcess.Start(
                new Dictionary<string, string>(),
                [.. command, "--endpoint", $"http://{silent.LocalEndpoint}", "--handler", $"http://{silent.LocalEndpoint}"]
            );
            // it is at work
            using var request = await silent.AcceptTcpClientAsync(token).AsTask().WaitAsync(TimeSpan.FromMinutes(1), token);
            var errors = await process.InterruptAsync();

            Assert.Equal((command[0], 130), (command[0], process.ExitCode));
            Assert.StartsWith("Stopped.", errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Quiet_prints_nothing_but_errors()
    {
        var result = await RunAsync(["inspect", .. None, "--quiet"]);

        Assert.Empty(result.Output);
        Assert.Single(result.Errors);
    }

    private static Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync(arguments);
}
