using System.Text.Json;
using NotifyQuery.Tests.Distributed;

namespace NotifyQuery.Tests.Tools;

/// <summary>bench on a running system.</summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class BenchCommandTests(WholeSystem whole)
{
    private readonly RunningSystem system = whole.System;
    private readonly SystemTool tool = new(whole.System);

    [Fact]
    public async Task Bench_times_every_query_on_every_target_and_measures_each_targets_throughput()
    {
        await tool.RunAsync("simulate-writes", "--count", "50", "--users", "5");
        await RunningSystem.EventuallyAsync(
            "something can be asked for",
            async () =>
                (await tool.RunAsync([.. tool.Api("bench"), "--requests", "1", "--throughput-duration", "0.1"])).Output.Any(line =>
                    line.StartsWith("transaction\t", StringComparison.Ordinal)
                )
        );
        var json = await tool.RunJsonAsync(
            0,
            [.. tool.Api("bench"), "--requests", "3", "--concurrency", "4", "--throughput-duration", "0.2"]
        );

        Assert.Equal(
            from query in (string[])["user", "transaction", "campaign", "status"]
            from way in (string[])["gateway", "handler", "direct"]
            select (query, way),
            json.GetProperty("latencies")
                .EnumerateArray()
                .Select(it => (it.GetProperty("query").GetString()!, it.GetProperty("way").GetString()!))
        );
        Assert.All(
            json.GetProperty("latencies").EnumerateArray(),
            it => Assert.InRange(it.GetProperty("p99").GetDouble(), it.GetProperty("p50").GetDouble(), double.MaxValue)
        );
        Assert.Equal(
            [("gateway", 1), ("gateway", 4), ("handler", 1), ("handler", 4)],
            json.GetProperty("throughputs")
                .EnumerateArray()
                .Select(it => (it.GetProperty("way").GetString()!, it.GetProperty("concurrency").GetInt32()))
        );
        Assert.All(json.GetProperty("throughputs").EnumerateArray(), it => Assert.True(it.GetProperty("per_second").GetDouble() > 0));
    }

    [Fact]
    public async Task Bench_holds_a_rate_through_the_gateway_and_reports_the_figures()
    {
        var json = await tool.RunJsonAsync(0, [.. tool.Api("bench"), "--rate", "2", "--duration", "3s", "--timeout", "60"]);

        Assert.Equal(("gateway", 2), (json.GetProperty("way").GetString(), json.GetProperty("rate").GetDouble()));
        var load = json.GetProperty("load");
        Assert.Equal(
            (6, 6, true),
            (load.GetProperty("due").GetInt32(), load.GetProperty("begun").GetInt32(), load.GetProperty("held").GetBoolean())
        );
        var whole = load.GetProperty("whole");
        Assert.Equal(0, whole.GetProperty("errors").GetInt32());
        Assert.InRange(whole.GetProperty("p99").GetDouble(), whole.GetProperty("p50").GetDouble(), whole.GetProperty("max").GetDouble());
        Assert.NotEmpty(load.GetProperty("intervals").EnumerateArray());
    }

    [Fact]
    public async Task Bench_keeps_four_requests_running_for_a_time_and_shows_the_projection_and_the_first_and_the_last_quarter()
    {
        await tool.RunAsync("simulate-writes", "--count", "50", "--users", "5");
        var json = await tool.RunJsonAsync(0, [.. tool.Parts("bench"), "--duration", "6s", "--timeout", "60"]);

        Assert.Equal(
            ("gateway", JsonValueKind.Null, 4),
            (json.GetProperty("way").GetString(), json.GetProperty("rate").ValueKind, json.GetProperty("concurrency").GetInt32())
        );
        var load = json.GetProperty("load");
        Assert.Equal(0, load.GetProperty("whole").GetProperty("errors").GetInt32());
        foreach (var quarter in (string[])["first_quarter", "last_quarter"])
        {
            var figures = load.GetProperty(quarter);
            Assert.InRange(figures.GetProperty("p99").GetDouble(), figures.GetProperty("p50").GetDouble(), double.MaxValue);
        }

        Assert.All(
            json.GetProperty("projection").EnumerateArray(),
            sample =>
            {
                Assert.Equal("delivering", sample.GetProperty("state").GetString());
                // DynamoDB Local truncates the time of a change to the minute.
                Assert.InRange(sample.GetProperty("iterator_age_seconds").GetDouble(), 0, 120);
            }
        );
        Assert.Equal(load.GetProperty("intervals").GetArrayLength(), json.GetProperty("projection").GetArrayLength());
    }

    [Fact]
    public async Task Bench_prints_a_line_for_each_interval_and_whether_requests_became_slower()
    {
        var result = await tool.RunAsync([.. tool.Parts("bench"), "--duration", "6s", "--timeout", "60"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"^ *\d+ s  .*/s  p50 .* p99 .* 0 failed  lag .* iterator age \d", result.Output[0]);
        Assert.Matches(
            @"^First and last quarter: p50 [\d.]+ and [\d.]+ ms \([+-]?\d+ %\), p99 [\d.]+ and [\d.]+ ms \([+-]?\d+ %\)$",
            result.Output[^1]
        );
    }

    [Fact]
    public async Task Bench_exits_with_1_if_requests_fail_during_the_load_and_reports_the_first_error()
    {
        // DynamoDB answers 400 to everything.
        var result = await tool.RunAsync("bench", "--gateway", tool.Endpoint, "--duration", "500ms");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(
            "First and last quarter: p50 unknown (no request succeeded)",
            string.Join('\n', result.Output),
            StringComparison.Ordinal
        );
        Assert.StartsWith("The first error: ", result.Output[^1], StringComparison.Ordinal);
        Assert.EndsWith("returned 400", result.Output[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_runs_without_a_direct_Query_if_the_tables_are_unreachable_and_says_so()
    {
        var result = await Tool.RunAsync([
            .. tool.Api("bench"),
            "--requests",
            "1",
            "--throughput-duration",
            "0.1",
            "--endpoint",
            "http://127.0.0.1:9",
        ]);

        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain(result.Output, line => line.Contains("\tdirect\t", StringComparison.Ordinal));
        Assert.StartsWith(
            "There is no direct Query to compare with: notification-records cannot be read from here: ",
            result.Output[^1],
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Bench_exits_with_3_if_a_target_refuses_the_query()
    {
        // DynamoDB answers 400 to everything.
        var result = await tool.RunAsync(
            "bench",
            "--handler",
            tool.Endpoint,
            "--gateway",
            system.Gateway.BaseAddress!.ToString(),
            "--requests",
            "1"
        );

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("returned 400", Assert.Single(result.Errors), StringComparison.Ordinal);
    }
}
