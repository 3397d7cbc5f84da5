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
                (await tool.RunAsync([.. tool.Api("bench"), "--requests", "1", "--duration", "0.1"])).Output.Any(line =>
                    line.StartsWith("transaction\t", StringComparison.Ordinal)
                )
        );
        var json = await tool.RunJsonAsync(0, [.. tool.Api("bench"), "--requests", "3", "--concurrency", "4", "--duration", "0.2"]);

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
        var json = await tool.RunJsonAsync(0, [.. tool.Api("bench"), "--rate", "10", "--duration", "1500ms", "--timeout", "60"]);

        Assert.Equal(("gateway", 10), (json.GetProperty("way").GetString(), json.GetProperty("rate").GetDouble()));
        var load = json.GetProperty("load");
        Assert.Equal(
            (15, 15, true),
            (load.GetProperty("due").GetInt32(), load.GetProperty("begun").GetInt32(), load.GetProperty("held").GetBoolean())
        );
        var whole = load.GetProperty("whole");
        Assert.Equal(0, whole.GetProperty("errors").GetInt32());
        Assert.InRange(whole.GetProperty("p99").GetDouble(), whole.GetProperty("p50").GetDouble(), whole.GetProperty("max").GetDouble());
        Assert.NotEmpty(load.GetProperty("intervals").EnumerateArray());
    }

    [Fact]
    public async Task Bench_runs_without_a_direct_Query_if_the_tables_are_unreachable_and_says_so()
    {
        var result = await Tool.RunAsync([
            .. tool.Api("bench"),
            "--requests",
            "1",
            "--duration",
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
