using NotifyQuery.Tests.Distributed;

namespace NotifyQuery.Tests.Tools;

/// <summary>check-stream, check-api and inspect on a running system.</summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class CheckCommandsTests(WholeSystem whole)
{
    private readonly RunningSystem system = whole.System;
    private readonly SystemTool tool = new(whole.System);

    [Fact]
    public async Task Check_stream_sees_every_change_arrive_field_by_field_and_removes_its_record()
    {
        var result = await tool.RunAsync("check-stream", "--within", "30");
        var json = await tool.RunJsonAsync(0, "check-stream", "--within", "30");

        Assert.True(result.ExitCode == 0, string.Join('\n', [.. result.Output, .. result.Errors]));
        Assert.Contains(result.Output, line => line == "user_id\tstream-check\tok");
        Assert.Contains(result.Output, line => line.StartsWith("source_version\t2", StringComparison.Ordinal));
        Assert.Contains("as DescribeTable counts", result.Output[0], StringComparison.Ordinal);
        Assert.Equal("All 6 changes arrived and agree field by field.", result.Output[^1]);
        Assert.Equal(
            ["insert", "status change", "move", "move, old place", "removal", "removal, in queries"],
            json.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("name").GetString())
        );
        Assert.All(
            json.GetProperty("fields").EnumerateArray(),
            field => Assert.True(field.GetProperty("agrees").GetBoolean(), field.ToString())
        );
        Assert.Empty(await system.ItemsOfAsync("stream-check"));
        Assert.Empty(await system.ItemsOfAsync("stream-check-moved"));
    }

    [Fact]
    public async Task Check_api_sends_every_query_and_every_error_both_ways_and_times_them()
    {
        await tool.RunAsync("simulate-writes", "--count", "50", "--users", "5");
        var result = await tool.RunAsync([.. tool.Api("check-api"), "--requests", "20"]);
        var json = await tool.RunJsonAsync(0, [.. tool.Api("check-api"), "--requests", "5"]);

        Assert.True(result.ExitCode == 0, string.Join('\n', [.. result.Output, .. result.Errors]));
        Assert.Contains("wrong method\t405\t405\t405\tok", result.Output);
        Assert.Contains(result.Output, line => line.StartsWith("gateway: 20 requests, p50 ", StringComparison.Ordinal));
        Assert.True(json.GetProperty("passed").GetBoolean());
        Assert.Equal(
            ["handler", "gateway"],
            json.GetProperty("latencies").EnumerateArray().Select(latency => latency.GetProperty("way").GetString())
        );
    }

    [Fact]
    public async Task Check_api_reports_a_server_that_answers_otherwise_and_exits_with_1()
    {
        // DynamoDB answers 400 to everything.
        var result = await tool.RunAsync(
            "check-api",
            "--handler",
            tool.Endpoint,
            "--gateway",
            system.Gateway.BaseAddress!.ToString(),
            "--requests",
            "1"
        );

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(
            result.Output,
            line => line.StartsWith("health\t200\t400\t200\tFAILED: the Handler returned 400 instead of 200", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Inspect_shows_every_part()
    {
        await tool.RunAsync("simulate-writes", "--count", "20", "--users", "2");
        await RunningSystem.EventuallyAsync("every part is well", async () => (await tool.RunAsync(tool.Parts("inspect"))).ExitCode == 0);
        var json = await tool.RunJsonAsync(0, tool.Parts("inspect"));

        Assert.Equal(
            ["command-records", "notification-records", "projection-failures", "stream-checkpoints"],
            json.GetProperty("tables").EnumerateArray().Select(table => table.GetProperty("name").GetString())
        );
        Assert.Equal("NEW_AND_OLD_IMAGES", json.GetProperty("tables")[0].GetProperty("stream").GetString());
        Assert.Equal(3, json.GetProperty("tables")[1].GetProperty("indexes").GetArrayLength());
        Assert.NotEmpty(json.GetProperty("event_source").GetProperty("shards").EnumerateArray());
        Assert.All(
            json.GetProperty("functions").EnumerateArray(),
            function => Assert.Equal("answers", function.GetProperty("state").GetString())
        );
    }

    [Fact]
    public async Task Inspect_names_a_part_that_does_not_answer_and_ends_with_1()
    {
        var result = await tool.RunAsync("inspect", "--event-source", "http://127.0.0.1:9", "--gateway", "http://127.0.0.1:9");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(
            result.Output,
            line => line.StartsWith("PROBLEM: the event source at http://127.0.0.1:9 does not respond", StringComparison.Ordinal)
        );
        Assert.Contains(
            result.Output,
            line => line.StartsWith("PROBLEM: the gateway at http://127.0.0.1:9 does not respond to GET /health", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("check-stream", "--within", "30")]
    [InlineData("check-api", "--requests", "5")]
    [InlineData("inspect")]
    public async Task In_a_terminal_of_80_columns_tables_and_sentences_fit(string command, params string[] options)
    {
        await tool.RunAsync("simulate-writes", "--count", "20", "--users", "2");
        ToolResult? result = null;
        await RunningSystem.EventuallyAsync(
            $"{command} succeeds",
            async () =>
            {
                result = await ToolProcess.RunInTerminalAsync(80, [.. tool.Parts(command), "--endpoint", tool.Endpoint, .. options]);
                return result.ExitCode == 0;
            }
        );

        Assert.Contains(result!.Output, line => line.StartsWith('┌') && line.EndsWith('┐'));
        Assert.All(result.Output, line => Assert.InRange(line.Length, 0, 80));
    }
}
