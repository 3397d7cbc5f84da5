using NotifyQuery.Tests.Distributed;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Tools;

/// <summary>report on a running system.</summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class ReportCommandTests(WholeSystem whole)
{
    private readonly RunningSystem system = whole.System;
    private readonly SystemTool tool = new(whole.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Report_writes_what_it_verified_and_fits_a_terminal_of_80_columns()
    {
        var file = Path.Combine(Path.GetTempPath(), $"verification-{Guid.NewGuid():N}.md");
        try
        {
            var result = await ToolProcess.RunInTerminalAsync(
                80,
                [.. tool.Parts("report"), "--endpoint", tool.Endpoint, "--output", file, "--writes", "100", "--requests", "20"]
            );

            Assert.True(result.ExitCode == 0, string.Join('\n', result.Output));
            Assert.All(result.Output, line => Assert.InRange(line.Length, 0, 80));
            Assert.Contains(
                "is written: every check passed.",
                string.Join(' ', result.Output.Select(line => line.Trim())),
                StringComparison.Ordinal
            );
            var text = await File.ReadAllTextAsync(file, Token);
            Assert.Contains("every check passed", text, StringComparison.Ordinal);
            Assert.Contains("| removal | ok |", text, StringComparison.Ordinal);
            Assert.Contains("0 missing, 0 stale, 0 orphaned", text, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Ctrl_C_in_the_middle_of_a_report_says_what_was_written_to_the_tables_and_leaves_no_file()
    {
        var file = Path.Combine(Path.GetTempPath(), $"verification-{Guid.NewGuid():N}.md");
        // 16 writes at most are under way at once, so that most of the first 200 are answered when a later one hangs.
        await using var proxy = await FaultyProxy.StartAsync(
            new(tool.Endpoint),
            request => request is { Operation: "PutItem", Table: "command-records", Number: > 200 } ? Fault.Hang : Fault.None
        );
        using var process = ToolProcess.Start(
            new Dictionary<string, string>(),
            [.. tool.Parts("report"), "--endpoint", proxy.Endpoint.ToString(), "--output", file, "--requests", "1", "--writes", "1000"]
        );
        await RunningSystem.EventuallyAsync("a write hangs", () => Task.FromResult(proxy.Count(Fault.Hang) > 0));
        var errors = await process.InterruptAsync();

        Assert.Equal(130, process.ExitCode);
        Assert.Matches(
            @"^Stopped\. No report is written: stopped at: simulating writes\. "
                + @"Stream check: the marked record is removed\. Simulation: [1-9][0-9]* writes in ",
            errors
        );
        Assert.False(File.Exists(file));
        Assert.Empty(await system.ItemsOfAsync("stream-check"));
    }
}
