using System.Text.Json;
using Aspire.Hosting.Testing;
using NotifyQuery.Tests.Distributed;
using NotifyQuery.Tests.Tools;

namespace NotifyQuery.Tests.Watching;

/// <summary><c>watch</c> as an operator types it, where nothing answers.</summary>
public sealed class WatchCommandTests
{
    private static readonly Dictionary<string, string> Environment = [];

    // Nobody listens there.
    private static readonly string[] Nowhere =
    [
        "--endpoint",
        "http://127.0.0.1:9",
        "--handler",
        "http://127.0.0.1:9",
        "--event-source",
        "http://127.0.0.1:9",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_sample_is_a_line_of_JSON_a_part_that_does_not_answer_is_a_problem_in_it_and_the_end_of_the_time_is_no_error()
    {
        var result = await ToolProcess.RunAsync(Environment, ["watch", "--json", "--interval", "100ms", "--duration", "2s", .. Nowhere]);

        Assert.Equal((0, 0), (result.ExitCode, result.Errors.Count));
        Assert.NotEmpty(result.Output);
        foreach (var moment in result.Output.Select(line => JsonDocument.Parse(line).RootElement))
        {
            Assert.Equal("unreachable", moment.GetProperty("write").GetProperty("state").GetString());
            Assert.Equal(JsonValueKind.Null, moment.GetProperty("read").GetProperty("handler").GetProperty("p99").ValueKind);
            Assert.Equal(
                ["DynamoDB", "the Handler", "the event source"],
                moment.GetProperty("problems").EnumerateArray().Select(it => it.GetString()!.Split(" at ")[0]).Order(StringComparer.Ordinal)
            );
        }
    }

    [Fact]
    public async Task Redirected_each_sample_is_a_line_of_text_and_Ctrl_C_ends_it()
    {
        using var process = ToolProcess.Start(Environment, ["watch", "--interval", "100ms", .. Nowhere]);
        var lines = new[] { await process.StandardOutput.ReadLineAsync(Token), await process.StandardOutput.ReadLineAsync(Token) };

        var said = await process.InterruptAsync();

        Assert.Equal((0, ""), (process.ExitCode, said));
        Assert.All(
            lines,
            line =>
                Assert.Matches(
                    @"^\d{4}-\d\d-\d\dT[\d:.]+Z state=unreachable read-from-stream=- .* queries-p99=- .* "
                        + @"! the event source at http://127\.0\.0\.1:9 does not respond: ",
                    line
                )
        );
    }

    [Theory]
    [InlineData(80)]
    [InlineData(160)]
    public async Task In_a_terminal_it_is_a_picture_that_fits_and_Ctrl_C_ends_it_with_0(int columns)
    {
        using var process = ToolProcess.StartInTerminal(
            columns,
            new Dictionary<string, string> { ["LANG"] = "C.UTF-8" },
            ["watch", "--interval", "200ms", .. Nowhere]
        );
        var (shown, buffer) = ("", new char[4096]);
        ToolResult result;
        try
        {
            await RunningSystem.EventuallyAsync(
                "it is drawn twice",
                async () =>
                {
                    shown += new string(buffer, 0, await process.StandardOutput.ReadAsync(buffer, Token));
                    return shown.Split("Write side").Length > 2;
                }
            );
            await process.StandardInput.WriteAsync('\x03');
            await process.StandardInput.FlushAsync(Token);
            result = await process.ReadTerminalAsync();
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true); // it watches without an end
        }

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("command-records", shown, StringComparison.Ordinal);
        Assert.Contains("does not respond", shown, StringComparison.Ordinal);
        Assert.All(
            ToolProcess.WithoutControls(shown).Split('\n'),
            line => Assert.InRange(line.TrimEnd('\r').Split('\r')[^1].TrimEnd().Length, 0, columns)
        );
    }

    [Fact]
    public async Task An_account_is_not_read_more_often_than_it_has_new_values()
    {
        var result = await Tool.RunAsync("watch", "--endpoint", "aws", "--interval", "1s");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--interval must be at least 10s", string.Join(' ', result.Errors), StringComparison.Ordinal);
    }
}

/// <summary><c>watch</c> with a running system.</summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class WatchedSystemTests(WholeSystem whole)
{
    [Fact]
    public async Task What_is_written_and_asked_is_seen_to_flow()
    {
        var system = whole.System;
        var user = $"watched-{Guid.NewGuid():N}";
        using var process = ToolProcess.Start(
            new Dictionary<string, string>(),
            "watch",
            "--json",
            "--interval",
            "500ms",
            "--endpoint",
            system.App.GetEndpoint("dynamodb", "http").ToString(),
            "--event-source",
            system.App.GetEndpoint("event-source", "http").ToString(),
            "--handler",
            system.Handler.BaseAddress!.ToString()
        );
        var (read, done, asked, answered) = (false, false, false, false);

        await RunningSystem.EventuallyAsync(
            "it is seen to flow",
            async () =>
            {
                await system.Commands.PutAsync(RunningSystem.NewRecord(user), TestContext.Current.CancellationToken);
                await system.ItemsOfAsync(user);
                var now = JsonDocument
                    .Parse((await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!)
                    .RootElement;
                Assert.Equal("delivering", now.GetProperty("write").GetProperty("state").GetString());
                Assert.Empty(now.GetProperty("problems").EnumerateArray());
                read |= IsPositive(now.GetProperty("write").GetProperty("read_per_second"));
                done |= IsPositive(now.GetProperty("write").GetProperty("done_per_second"));
                asked |= IsPositive(now.GetProperty("read").GetProperty("handler").GetProperty("p99"));
                answered |= IsPositive(now.GetProperty("read").GetProperty("query_result").GetProperty("p50"));
                return read && done && asked && answered;
            }
        );

        Assert.Equal("", await process.InterruptAsync());
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task The_resource_of_the_event_source_shows_what_it_does()
    {
        string[] names = ["Delivery", "Lag of the last batch", "Iterator age", "Records waiting", "Dead letters"];

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await whole.System.App.ResourceNotifications.WaitForResourceAsync(
            "event-source",
            change =>
                names.All(name =>
                    change.Snapshot.Properties.Any(property => property.Name == name && property.Value is string { Length: > 0 })
                ) && change.Snapshot.Properties.Any(property => property is { Name: "Delivery", Value: "delivering" }),
            deadline.Token
        );
    }

    private static bool IsPositive(JsonElement number) => number.ValueKind is JsonValueKind.Number && number.GetDouble() > 0;
}
