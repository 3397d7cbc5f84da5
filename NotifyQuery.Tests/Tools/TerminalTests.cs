using NotifyQuery.Tests.Reconciliation;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Tools.PipelineTool;
using static NotifyQuery.Tests.Tools.SampleCommands;

namespace NotifyQuery.Tests.Tools;

/// <summary>The command line in a terminal of 80 columns: what it says fits, and Ctrl-C leaves the terminal as it was.</summary>
public sealed class TerminalTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task In_a_terminal_Ctrl_C_removes_the_bar_and_restores_the_cursor()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await using var proxy = await FaultyProxy.StartAsync(
            engine.Endpoint,
            request => request.Operation == "BatchWriteItem" && request.Number > 1 ? Fault.Hang : Fault.None
        );
        using var process = ToolProcess.StartInTerminal(
            80,
            EnvironmentOf(pipeline),
            "seed",
            "--count",
            "200",
            "--concurrency",
            "1",
            "--endpoint",
            proxy.Endpoint.ToString()
        );
        await Distributed.RunningSystem.EventuallyAsync("it is at work", () => Task.FromResult(proxy.Count(Fault.Hang) > 0));

        await process.StandardInput.WriteAsync('\x03');
        await process.StandardInput.FlushAsync(Token);
        var result = await process.ReadTerminalAsync();

        Assert.Equal(130, result.ExitCode);
        Assert.Contains(
            "Stopped. 25 items were written; it is safe to run the same command again.",
            string.Join(' ', result.Output.Select(line => line.TrimEnd())),
            StringComparison.Ordinal
        );
        Assert.All(result.Output, line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public async Task In_a_terminal_of_80_columns_what_a_command_says_fits()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var (first, second) = (
            await StoreDeadLetterAsync(pipeline, "event-1", TimeProvider.System.GetUtcNow(), Ann),
            await StoreDeadLetterAsync(pipeline, "event-2", TimeProvider.System.GetUtcNow(), Bob)
        );
        await pipeline.PutAsync(Ann);

        foreach (
            var (exitCode, said, command) in ((int, string, string[])[])
                [
                    (1, "1 commands and 0 notifications compared: 1 missing", ["reconcile", "--settle", "0"]),
                    (0, "1 repaired, 0 changed meanwhile.", ["rebuild"]),
                    (0, "2 dead letters in the last 7 days.", ["failures", "list"]),
                    (0, "InvalidCommand: user_id is missing", ["failures", "show", first]),
                    (0, "1 settled, 0 failed again.", ["failures", "retry", first]),
                    (0, $"{second}: discarded", ["failures", "discard", second]),
                    (0, "30 items in ", ["seed", "--count", "30"]),
                    (0, "30 writes in ", ["simulate-writes", "--count", "30", "--users", "3"]),
                ]
        )
        {
            var result = await ToolProcess.RunInTerminalAsync(
                80,
                EnvironmentOf(pipeline),
                [.. command, "--endpoint", engine.Endpoint.ToString()]
            );

            Assert.True(
                result.ExitCode == exitCode,
                $"{string.Join(' ', command)} ended with {result.ExitCode}:\n{string.Join('\n', result.Output)}"
            );
            Assert.Contains(said, string.Join(' ', result.Output.Select(line => line.TrimEnd())), StringComparison.Ordinal);
            Assert.All(result.Output, line => Assert.InRange(line.Length, 0, 80));
        }
    }
}
