using System.Runtime.CompilerServices;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging.Testing;
using NotifyQuery.AppHost;

namespace NotifyQuery.Tests.Hosting;

public class LastLinesTests
{
    private readonly FakeLogger logger = new();

    [Fact]
    public async Task A_log_that_is_gone_before_it_was_read_leaves_the_lines_read_so_far()
    {
        var lines = await ResourceReport.LastLinesAsync(
            Log(fail: true, ["out of memory"], TestContext.Current.CancellationToken),
            logger,
            TestContext.Current.CancellationToken
        );

        Assert.Equal("            | out of memory\n", lines);
        Assert.IsType<InvalidOperationException>(logger.LatestRecord.Exception);
    }

    [Fact]
    public async Task The_orchestrators_own_lines_and_times_are_left_out_and_the_last_lines_kept()
    {
        string[] all =
        [
            "[sys] Starting process",
            "2026-11-22T08:15:30.123Z first",
            .. Enumerable.Range(1, 100).Select(number => $"line {number}"),
        ];

        var lines = (
            await ResourceReport.LastLinesAsync(
                Log(fail: false, all, TestContext.Current.CancellationToken),
                logger,
                TestContext.Current.CancellationToken
            )
        )
            .TrimEnd('\n')
            .Split('\n');

        Assert.Equal("            | line 100", lines[^1]);
        Assert.InRange(lines.Length, 2, 99);
        Assert.DoesNotContain(
            lines,
            line => line.Contains("[sys]", StringComparison.Ordinal) || line.Contains("first", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Reading_a_log_ends_with_the_application()
    {
        using var stopping = new CancellationTokenSource();
        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ResourceReport.LastLinesAsync(Log(fail: false, ["line"], TestContext.Current.CancellationToken), logger, stopping.Token)
        );
    }

    private static async IAsyncEnumerable<IReadOnlyList<LogLine>> Log(
        bool fail,
        string[] lines,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        yield return [.. lines.Select((content, number) => new LogLine(number + 1, content, IsErrorMessage: false))];
        if (fail)
            throw new InvalidOperationException("resource is being deleted");
    }
}
