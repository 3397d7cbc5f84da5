using System.Text.Json;
using Amazon.DynamoDBv2.Model;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.Tests.Distributed;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Tools;

/// <summary>The operator's commands on a running system: as typed, and as the dashboard offers them.</summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class OperatorsCommandsTests(WholeSystem whole)
{
    private readonly RunningSystem system = whole.System;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Check_stream_sees_every_change_arrive_field_by_field_and_removes_its_record()
    {
        var result = await RunAsync("check-stream", "--within", "30");
        var json = await RunJsonAsync(0, "check-stream", "--within", "30");

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
        await RunAsync("simulate-writes", "--count", "50", "--users", "5");
        var result = await RunAsync([.. Api("check-api"), "--requests", "20"]);
        var json = await RunJsonAsync(0, [.. Api("check-api"), "--requests", "5"]);

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
        var result = await RunAsync(
            "check-api",
            "--handler",
            Endpoint,
            "--gateway",
            system.Gateway.BaseAddress!.ToString(),
            "--requests",
            "1"
        );

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(
            result.Output,
            line => line.StartsWith("health\t200\t400\t200\tFAILED: the Handler answers 400 instead of 200", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Bench_times_every_query_on_every_target_and_measures_each_targets_throughput()
    {
        await RunAsync("simulate-writes", "--count", "50", "--users", "5");
        await RunningSystem.EventuallyAsync(
            "something can be asked for",
            async () =>
                (await RunAsync([.. Api("bench"), "--requests", "1", "--duration", "0.1"])).Output.Any(line =>
                    line.StartsWith("transaction\t", StringComparison.Ordinal)
                )
        );
        var json = await RunJsonAsync(0, [.. Api("bench"), "--requests", "3", "--concurrency", "4", "--duration", "0.2"]);

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
        var json = await RunJsonAsync(0, [.. Api("bench"), "--rate", "10", "--duration", "1500ms", "--timeout", "60"]);

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
        var result = await Tool.RunAsync([.. Api("bench"), "--requests", "1", "--duration", "0.1", "--endpoint", "http://127.0.0.1:9"]);

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
        var result = await RunAsync("bench", "--handler", Endpoint, "--gateway", system.Gateway.BaseAddress!.ToString(), "--requests", "1");

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("was answered by 400", Assert.Single(result.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_shows_every_part()
    {
        await RunAsync("simulate-writes", "--count", "20", "--users", "2");
        await RunningSystem.EventuallyAsync("every part is well", async () => (await RunAsync(Parts("inspect"))).ExitCode == 0);
        var json = await RunJsonAsync(0, Parts("inspect"));

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
        var result = await RunAsync("inspect", "--event-source", "http://127.0.0.1:9", "--gateway", "http://127.0.0.1:9");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(
            result.Output,
            line => line.StartsWith("PROBLEM: the event source at http://127.0.0.1:9 does not answer", StringComparison.Ordinal)
        );
        Assert.Contains(
            result.Output,
            line => line.StartsWith("PROBLEM: the gateway at http://127.0.0.1:9 does not answer GET /health", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Report_writes_what_it_verified_and_fits_a_terminal_of_80_columns()
    {
        var file = Path.Combine(Path.GetTempPath(), $"verification-{Guid.NewGuid():N}.md");
        try
        {
            var result = await ToolProcess.RunInTerminalAsync(
                80,
                [.. Parts("report"), "--endpoint", Endpoint, "--output", file, "--writes", "100", "--requests", "20"]
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
            new(Endpoint),
            request => request is { Operation: "PutItem", Table: "command-records", Number: > 200 } ? Fault.Hang : Fault.None
        );
        using var process = ToolProcess.Start(
            new Dictionary<string, string>(),
            [.. Parts("report"), "--endpoint", proxy.Endpoint.ToString(), "--output", file, "--requests", "1", "--writes", "1000"]
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

    [Theory]
    [InlineData("check-stream", "--within", "30")]
    [InlineData("check-api", "--requests", "5")]
    [InlineData("inspect")]
    public async Task In_a_terminal_of_80_columns_tables_and_sentences_fit(string command, params string[] options)
    {
        await RunAsync("simulate-writes", "--count", "20", "--users", "2");
        ToolResult? result = null;
        await RunningSystem.EventuallyAsync(
            $"{command} succeeds",
            async () =>
            {
                result = await ToolProcess.RunInTerminalAsync(80, [.. Parts(command), "--endpoint", Endpoint, .. options]);
                return result.ExitCode == 0;
            }
        );

        Assert.Contains(result!.Output, line => line.StartsWith('┌') && line.EndsWith('┐'));
        Assert.All(result.Output, line => Assert.InRange(line.Length, 0, 80));
    }

    [Theory]
    [InlineData("check-stream", "All 6 changes arrived and agree field by field.", "| removal, in queries | ", "within", "20")]
    [InlineData(
        "reconcile",
        " 0 missing, 0 stale, 0 orphaned, ",
        " 0 missing, 0 stale, 0 orphaned, ",
        "repair",
        "true",
        "user",
        "user-0001"
    )]
    [InlineData("failures-list", " dead letters since 2h.", " dead letters since 2h.", "since", "2h")]
    [InlineData("failures-retry", "Dry run, nothing is changed: ", "Dry run, nothing is changed: ", "all", "true", "dry-run", "true")]
    [InlineData("failures-discard", "0 discarded.", "0 discarded.", "transaction", "nobody's")]
    public async Task The_tables_resource_has_the_command_with_its_arguments(
        string command,
        string result,
        string report,
        params string[] arguments
    )
    {
        ExecuteCommandResult? executed = null;
        await RunningSystem.EventuallyAsync(
            $"{command} succeeds",
            async () =>
            {
                executed = await system.App.ResourceCommands.ExecuteCommandAsync("tables", command, Arguments(arguments), Token);
                return executed.Success;
            }
        );

        Assert.Contains(result, executed!.Message, StringComparison.Ordinal);
        Assert.Equal((CommandResultFormat.Markdown, true), (executed.Data!.Format, executed.Data.DisplayImmediately));
        Assert.Contains(report, executed.Data.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_event_source_resource_is_paused_inspected_reset_and_resumed_with_the_tools_reports()
    {
        var user = $"paused-{Guid.NewGuid():N}";
        try
        {
            var paused = await ExecuteAsync("pause", "wait", "60");
            Assert.Contains(", dashboard: nothing is delivered.", paused.Message, StringComparison.Ordinal);
            await system.Commands.PutAsync(RunningSystem.NewRecord(user), Token);
            Assert.Equal("paused", JsonDocument.Parse(await EventSourceAsync("/status")).RootElement.GetProperty("state").GetString());
            Assert.StartsWith("Degraded", await EventSourceAsync("/health"), StringComparison.Ordinal);
            Assert.Contains("The oldest record that waits is ", (await ExecuteAsync("status")).Message, StringComparison.Ordinal);
            var unknown = await system.App.ResourceCommands.ExecuteCommandAsync(
                "event-source",
                "reset",
                Arguments("shard", "shardId-0"),
                Token
            );
            Assert.Equal(
                (false, true),
                (unknown.Success, unknown.Message?.StartsWith("The stream has no shard 'shardId-0'", StringComparison.Ordinal))
            );
            var reset = await ExecuteAsync("reset");
            Assert.EndsWith(
                "reset to trim-horizon. Delivery is paused: 'projection resume' starts it from there.",
                reset.Message,
                StringComparison.Ordinal
            );
            Assert.Empty(await system.ItemsOfAsync(user));
        }
        finally
        {
            Assert.StartsWith("Resumed. Enabled: ", (await ExecuteAsync("resume", "wait", "60")).Message, StringComparison.Ordinal);
        }

        await RunningSystem.EventuallyAsync(
            "what was written during the pause is shown",
            async () => (await system.ItemsOfAsync(user)).Length == 1
        );

        async Task<ExecuteCommandResult> ExecuteAsync(string command, params string[] arguments)
        {
            var result = await system.App.ResourceCommands.ExecuteCommandAsync("event-source", command, Arguments(arguments), Token);
            Assert.True(result.Success, result.Message);
            Assert.Equal((CommandResultFormat.Markdown, true), (result.Data!.Format, result.Data.DisplayImmediately));
            Assert.Contains("| shardId-", result.Data.Value, StringComparison.Ordinal);
            return result;
        }

        async Task<string> EventSourceAsync(string path)
        {
            using var http = system.App.CreateHttpClient("event-source", "http");
            return await http.GetStringAsync(path, Token);
        }
    }

    [Theory]
    [InlineData("check-stream", "within", "0")]
    [InlineData("simulate-writes", "count", "1.5")]
    [InlineData("simulate-writes", "rate", "fast")]
    [InlineData("failures-list", "since", "yesterday")]
    [InlineData("failures-discard", "until", "soon")]
    public async Task An_invalid_argument_is_refused_before_anything_is_done(string command, string name, string value)
    {
        var result = await system.App.ResourceCommands.ExecuteCommandAsync("tables", command, Arguments(name, value), Token);

        Assert.False(result.Success);
        Assert.Contains("validation failed", result.Message, StringComparison.Ordinal); // the dashboard and the command line show why
    }

    [Theory]
    [InlineData("failures-retry")]
    [InlineData("failures-discard")]
    public async Task Dead_letters_are_not_settled_if_nothing_is_selected(string command)
    {
        var result = await system.App.ResourceCommands.ExecuteCommandAsync("tables", command, Token);

        Assert.Equal(
            (false, "Nothing is selected: give an error, a time, a user or a transaction, or switch on 'All'."),
            (result.Success, result.Message)
        );
    }

    [Fact]
    public async Task Dead_letters_of_a_command_that_was_corrected_are_retried_from_the_dashboard_and_then_shown()
    {
        var id = $"dashboard-{Guid.NewGuid():N}";
        var command = new Dictionary<string, AttributeValue>
        {
            ["transaction_id"] = new(id),
            ["created_at"] = new("2026-11-22T08:15:30.123Z"),
            ["user_id"] = new(id),
            ["channel"] = new("fax"),
            ["status"] = new("SENT"),
        };
        await system.DynamoDB.PutItemAsync("command-records", command, Token);
        await RunningSystem.EventuallyAsync(
            "it is a dead letter",
            async () =>
                (await ExecuteAsync("failures-list", "transaction", id)).Message!.StartsWith("1 dead letters ", StringComparison.Ordinal)
        );
        var before = await ExecuteAsync("failures-retry", "transaction", id);
        command["channel"] = new("email");
        await system.DynamoDB.PutItemAsync("command-records", command, Token);
        var after = await ExecuteAsync("failures-retry", "transaction", id);

        Assert.Equal((false, "0 settled, 1 failed again."), (before.Success, before.Message));
        Assert.Contains("| 1 | InvalidCommand: channel is 'fax'", before.Data!.Value, StringComparison.Ordinal);
        Assert.Equal((true, "1 settled, 0 failed again."), (after.Success, after.Message));
        Assert.Single(await system.ItemsOfAsync(id));

        Task<ExecuteCommandResult> ExecuteAsync(string name, params string[] arguments) =>
            system.App.ResourceCommands.ExecuteCommandAsync("tables", name, Arguments(arguments), Token);
    }

    [Fact]
    public async Task A_command_of_the_tables_runs_once_at_a_time_and_says_what_it_did()
    {
        var first = system.App.ResourceCommands.ExecuteCommandAsync(
            "tables",
            "simulate-writes",
            Arguments("count", "50", "rate", "25", "seed", "7"),
            Token
        );
        var second = await system.App.ResourceCommands.ExecuteCommandAsync("tables", "simulate-writes", Token);

        Assert.False(first.IsCompleted);
        Assert.Equal((false, "'Simulate writes' is running already: wait for its result."), (second.Success, second.Message));
        var result = await first;
        Assert.True(result.Success, result.Message);
        Assert.Contains("50 writes in ", result.Message, StringComparison.Ordinal);
        Assert.Contains("| insert | ", result.Data!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_of_the_tables_is_refused_while_they_are_not_running()
    {
        var tables = system
            .App.Services.GetRequiredService<DistributedApplicationModel>()
            .Resources.Single(resource => resource.Name == "tables");
        await system.App.ResourceNotifications.PublishUpdateAsync(
            tables,
            snapshot => snapshot with { State = KnownResourceStates.Starting }
        );
        try
        {
            var result = await system.App.ResourceCommands.ExecuteCommandAsync("tables", "reconcile", Token);

            Assert.Equal(
                (false, "The tables are not ready yet (Starting): wait until they are running."),
                (result.Success, result.Message)
            );
        }
        finally
        {
            await system.App.ResourceNotifications.PublishUpdateAsync(
                tables,
                snapshot => snapshot with { State = KnownResourceStates.Running }
            );
        }
    }

    private static InteractionInputCollection Arguments(params string[] namesAndValues) =>
        new([
            .. namesAndValues
                .Chunk(2)
                .Select(pair => new InteractionInput
                {
                    Name = pair[0],
                    InputType = InputType.Text,
                    Value = pair[1],
                }),
        ]);

    private string Endpoint => system.DynamoDB.Config.ServiceURL;

    private string[] Api(string command) =>
        [command, "--handler", system.Handler.BaseAddress!.ToString(), "--gateway", system.Gateway.BaseAddress!.ToString()];

    private string[] Parts(string command) =>
        [.. Api(command), "--event-source", system.App.GetEndpoint("event-source", "http").ToString()];

    private Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync([.. arguments, "--endpoint", Endpoint]);

    private async Task<JsonElement> RunJsonAsync(int exitCode, params string[] arguments)
    {
        var result = await RunAsync([.. arguments, "--json"]);
        Assert.True(result.ExitCode == exitCode, string.Join('\n', [.. result.Output, .. result.Errors]));
        return JsonDocument.Parse(string.Join('\n', result.Output)).RootElement;
    }
}
