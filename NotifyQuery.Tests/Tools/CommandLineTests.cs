using System.Globalization;
using System.Text.RegularExpressions;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Seeding;
using NotifyQuery.Tests.Reconciliation;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Tools;

/// <summary>reconcile, rebuild and failures as an operator types them: what they print when redirected, and their exit codes.</summary>
public sealed class CommandLineTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private const string Moment = "2026-11-22T08:15:30.123Z";

    private static readonly CommandState Ann = CommandState.Of("tx-1", Moment, "ann").With(AttributeNames.Status, "SENT");
    private static readonly CommandState Bob = CommandState.Of("tx-2", Moment, "bob");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reconcile_prints_a_line_for_each_finding_repairs_on_request_and_exits_with_0_when_the_tables_agree()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Ann);
        await pipeline.PutAsync(Ann.With(AttributeNames.Status, "READ"));
        await pipeline.PutAsync(Bob);
        await pipeline.PutAsync(CommandState.Of("tx-3", Moment, "cleo").With(AttributeNames.Status, "LOST"));

        var found = await RunAsync(pipeline, "reconcile", "--settle", "0");
        var ofBob = await RunAsync(pipeline, "reconcile", "--settle", "0", "--user", "bob", "--segments", "2");
        var repaired = await RunAsync(pipeline, "reconcile", "--settle", "0.01", "--repair");
        var agreed = await RunAsync(pipeline, "reconcile");

        const string Failed = $"failed\ttx-3\t{Moment}\tstatus is 'LOST': it must be one of PENDING, SENT, DELIVERED, READ, FAILED";
        AssertResult(
            found,
            1,
            [
                $"missing\ttx-2\t{Moment}\tthe command is not shown",
                $"stale\ttx-1\t{Moment}\tshown differs in status, status_key",
                Failed,
                "3 commands and 1 notifications looked at: 1 missing, 1 stale, 0 orphaned, 1 failed.",
            ]
        );
        AssertResult(
            ofBob,
            1,
            [
                $"missing\ttx-2\t{Moment}\tthe command is not shown",
                "1 commands and 0 notifications looked at: 1 missing, 0 stale, 0 orphaned, 0 failed.",
            ]
        );
        Assert.Equal(
            (0, "3 commands and 2 notifications looked at: 1 missing, 1 stale, 0 orphaned, 1 failed; 2 repaired, 0 changed meanwhile."),
            (repaired.ExitCode, repaired.Output[^1])
        );
        AssertResult(agreed, 0, [Failed, "3 commands and 2 notifications looked at: 0 missing, 0 stale, 0 orphaned, 1 failed."]);
    }

    [Fact]
    public async Task Rebuild_fills_a_query_table_and_ends_with_0()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.PutAsync(Ann);
        await pipeline.PutAsync(Bob);

        var rebuilt = await RunAsync(pipeline, "rebuild", "--restart");

        Assert.Equal(
            (0, "2 commands and 0 notifications looked at: 2 missing, 0 stale, 0 orphaned, 0 failed; 2 repaired, 0 changed meanwhile."),
            (rebuilt.ExitCode, rebuilt.Output[^1])
        );
        Assert.Equal(2, (await pipeline.VisibleAsync()).Count);
    }

    [Fact]
    public async Task Failures_are_listed_shown_tried_again_and_discarded()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var now = TimeProvider.System.GetUtcNow();
        var (first, second) = (
            await StoreDeadLetterAsync(pipeline, "event-1", now.AddSeconds(-2), Ann),
            await StoreDeadLetterAsync(pipeline, "event-2", now.AddSeconds(-1), Bob)
        );
        await pipeline.PutAsync(Ann);
        await pipeline.PutAsync(Bob.With(AttributeNames.Channel, "fax"));

        var grouped = await RunAsync(pipeline, "failures", "list", "--days", "2");
        var listed = await RunAsync(pipeline, "failures", "list", "--each", "--days", "2");
        var one = await RunAsync(pipeline, "failures", "list", "--each", "--limit", "1", "--since", "2h");
        var wouldBe = await RunAsync(pipeline, "failures", "retry", "--all", "--dry-run");
        var shown = await RunAsync(pipeline, "failures", "show", first);
        var retried = await RunAsync(pipeline, "failures", "retry", "--all", "--days", "2", "--yes");
        var left = await RunAsync(pipeline, "failures", "list", "--each", "--days", "2");
        var discarded = await RunAsync(pipeline, "failures", "discard", second);
        var all = await RunAsync(pipeline, "failures", "list", "--each", "--all", "--days", "2");
        var none = await RunAsync(pipeline, "failures", "retry", "--all", "--yes");

        const string Reason = "channel is 'fax': it must be one of push, sms, email, in_app";
        AssertResult(
            grouped,
            0,
            [$"2\tInvalidCommand: user_id is missing\t{first[..24]}\t{second[..24]}\t{second}", "2 dead letters in the last 2 days."]
        );
        Assert.Equal("1 of more dead letters since 2h. Select fewer, or raise --limit.", one.Output[^1]);
        AssertResult(
            wouldBe,
            0,
            [
                $"1\tInvalidCommand: {Reason}\t{second[..24]}\t{second[..24]}\t{second}",
                "Dry run, nothing is changed: 1 would be settled, 1 would fail again.",
            ]
        );
        AssertResult(
            listed,
            0,
            [
                $"{second}\tInvalidCommand: user_id is missing\ttx-2\t1",
                $"{first}\tInvalidCommand: user_id is missing\ttx-1\t1",
                "2 dead letters in the last 2 days.",
            ]
        );
        Assert.Equal(0, shown.ExitCode);
        Assert.Contains("""record          {"eventID":"event-1"}""", shown.Output);
        AssertResult(retried, 1, [$"1\tInvalidCommand: {Reason}\t{second[..24]}\t{second[..24]}\t{second}", "1 settled, 1 failed again."]);
        AssertResult(left, 0, [$"{second}\tInvalidCommand: {Reason}\ttx-2\t2", "1 dead letters in the last 2 days."]);
        AssertResult(discarded, 0, [$"{second}: discarded"]);
        Assert.Equal(["discarded", "retried"], all.Output.SkipLast(1).Select(line => line.Split('\t')[^1]));
        AssertResult(none, 0, ["0 settled, 0 failed again."]);
        Assert.Contains("user_id=ann", Assert.Single(await pipeline.VisibleAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_dead_letter_is_reported_with_the_fix_and_nothing_is_done()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var known = await StoreDeadLetterAsync(pipeline, "event-1", TimeProvider.System.GetUtcNow(), Ann);

        foreach (var verb in (string[])["show", "retry", "discard"])
        {
            var result = await RunAsync(pipeline, verb is "show" ? ["failures", verb, "nonsense"] : ["failures", verb, known, "nonsense"]);

            Assert.Equal(1, result.ExitCode);
            Assert.Equal(["There is no dead letter 'nonsense': 'failures list --each' shows them."], result.Errors);
        }

        Assert.False(Assert.Single(await pipeline.Tables.AllAsync(pipeline.Tables.Names.ProjectionFailures, Token))["resolved"].BOOL);
    }

    [Theory]
    [InlineData("--segments must be from 1 to 64.", "reconcile", "--segments", "0")]
    [InlineData("--settle must be from 0 to 3600.", "reconcile", "--settle", "-1")]
    [InlineData("--settle must be from 0 to 3600.", "reconcile", "--settle", "NaN")]
    [InlineData("--rate must be more than 0.", "simulate-writes", "--rate", "0")]
    [InlineData("--users must be from 1 to 2147483647.", "simulate-writes", "--users", "0")]
    [InlineData("--days must be from 1 to 365.", "failures", "list", "--days", "366")]
    [InlineData("--endpoint is 'nowhere': it must be an address like http://127.0.0.1:4566, or 'aws'.", "rebuild", "--endpoint", "nowhere")]
    [InlineData(
        "Give the ids of the dead letters to retry, or select with --error, --since, --until, --user, --transaction or --all.",
        "failures",
        "retry"
    )]
    [InlineData(
        "Give the ids of the dead letters to discard, or select with --error, --since, --until, --user, --transaction or --all.",
        "failures",
        "discard",
        "--dry-run"
    )]
    [InlineData(
        "'discard' changes every selected dead letter: add --yes to confirm. --dry-run shows what it would do.",
        "failures",
        "discard",
        "--error",
        "fax"
    )]
    [InlineData("Give ids of dead letters, or options, not both.", "failures", "retry", "2026-11-22T08:15:30.123Z#x", "--all", "--yes")]
    [InlineData("--since is 'yesterday': give a time in UTC like 2026-11-22T08:15:30Z", "failures", "list", "--since", "yesterday")]
    [InlineData(
        "--until is '2h', which is not after since: nothing would be selected.",
        "failures",
        "retry",
        "--since",
        "1h",
        "--until",
        "2h",
        "--yes"
    )]
    [InlineData("--user is empty: give a value, or leave it out.", "failures", "retry", "--user", "", "--yes")]
    [InlineData("Give --since or --days, not both.", "failures", "list", "--since", "1h", "--days", "3")]
    [InlineData("--limit must be from 1 to 10000.", "failures", "list", "--each", "--limit", "0")]
    [InlineData("Cannot parse argument 'few' for option '--segments'", "rebuild", "--segments", "few")]
    [InlineData("Unrecognized command or argument 'recnocile'.", "recnocile")]
    [InlineData("Required command was not provided.", "failures")]
    [InlineData("'erase' removes a user's data permanently: add --yes to confirm.", "erase", "--user", "ann")]
    [InlineData("'erase' writes to the account's tables: add --allow-writes", "erase", "--user", "ann", "--yes", "--endpoint", "aws")]
    [InlineData("--user is empty: name the user.", "erase", "--user", "", "--yes")]
    [InlineData(
        "Every process on this machine can read a token on the command line: put it in the environment variable NOTIFYQUERY_TOKEN.",
        "check-api",
        "--token",
        "secret"
    )]
    [InlineData("Every process on this machine can read a token", "bench", "--token", "secret")]
    [InlineData("Every process on this machine can read a token", "inspect", "--token", "secret")]
    [InlineData("Every process on this machine can read a token", "report", "--token", "secret")]
    [InlineData("--duration is '10x': it must be from 0.1s to 24h, in seconds or with a unit", "bench", "--duration", "10x")]
    [InlineData("--duration is '25h': it must be from 0.1s to 24h", "bench", "--duration", "25h")]
    [InlineData("--rate must be from 0.1 to 10000.", "bench", "--rate", "0")]
    public async Task Wrong_usage_is_reported_before_anything_is_done_and_exits_with_2(string sentence, params string[] arguments)
    {
        var result = await Tool.RunAsync(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(result.Errors, line => line.StartsWith(sentence, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_token_of_the_environment_is_not_sent_in_clear_text_to_another_machine()
    {
        foreach (var command in (string[])["check-api", "bench"])
        {
            var result = await Tool.RunAsync(
                new Dictionary<string, string> { ["NOTIFYQUERY_TOKEN"] = "secret" },
                command,
                "--handler",
                "http://10.0.0.7:1",
                "--gateway",
                "http://10.0.0.7:1"
            );

            Assert.Equal(2, result.ExitCode);
            Assert.StartsWith("The token is not sent to http://10.0.0.7:1: ", Assert.Single(result.Errors), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Help_is_not_wrong_usage()
    {
        var result = await Tool.RunAsync("reconcile", "--help");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(result.Output, line => line.StartsWith("--repair", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_program_prints_what_its_commands_print_and_exits_with_their_exit_code()
    {
        foreach (
            var line in (string[][])
                [
                    ["failures", "list", "--days", "0", "--json"],
                    ["cost", "--commands", "1000000"],
                    ["bench", "--rate", "0", "--json"],
                ]
        )
        {
            var (here, started) = (await Tool.RunAsync(line), await ToolProcess.RunAsync(new Dictionary<string, string>(), line));

            Assert.Equal(here.ExitCode, started.ExitCode);
            Assert.Equal(here.Output, started.Output);
            Assert.Equal(here.Errors, started.Errors);
        }
    }

    [Fact]
    public async Task If_nothing_answers_one_sentence_says_so_and_it_exits_with_3()
    {
        using var nothing = ScriptedEngine.ClientOfNothing();

        var result = await Tool.RunAsync("reconcile", "--endpoint", nothing.Config.ServiceURL);

        Assert.Equal(3, result.ExitCode);
        Assert.Matches(
            $"^The tables at {nothing.Config.ServiceURL} cannot be used: .*[^.]\\. Start the system with 'dotnet run --project "
                + $"NotifyQuery.AppHost', or give its address with --endpoint\\. 0 commands and 0 notifications looked at: ",
            Assert.Single(result.Errors)
        );
    }

    [Fact]
    public async Task If_there_are_no_tables_it_exits_with_3_too()
    {
        var space = DynamoDbLocal.NewSpace();

        var result = await Tool.RunAsync(
            new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = space.GetCredentials().AccessKey },
            "failures",
            "list",
            "--endpoint",
            engine.Endpoint.ToString()
        );

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("cannot be used", Assert.Single(result.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_during_a_comparison_or_a_rebuild_prints_the_progress_and_a_rebuild_continues_from_there()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await PutManyAsync(pipeline, 600); // one page of 500, and more
        await using var proxy = await FaultyProxy.StartAsync(engine.Endpoint, NoPageAfter(1));

        var compared = await InterruptAsync(proxy, pipeline, "reconcile", "--settle", "0", "--segments", "1");
        proxy.Rule = NoPageAfter(3);
        var rebuilt = await InterruptAsync(proxy, pipeline, "rebuild", "--segments", "1");
        var shown = (await pipeline.VisibleAsync()).Count;
        var rest = await RunAsync(pipeline, "rebuild", "--segments", "1");

        Assert.Equal((130, "Stopped. 500 commands and 0 notifications looked at: 500 missing, 0 stale, 0 orphaned, 0 failed."), compared);
        Assert.Equal(
            (
                130,
                "Stopped. 500 commands and 0 notifications looked at: 500 missing, 0 stale, 0 orphaned, 0 failed; 500 repaired, 0 "
                    + "changed meanwhile."
            ),
            rebuilt
        );
        Assert.Equal(500, shown);
        Assert.Equal(
            (
                0,
                "100 commands and 0 notifications looked at: 100 missing, 0 stale, 0 orphaned, 0 failed; 100 repaired, 0 changed meanwhile."
            ),
            (rest.ExitCode, rest.Output[^1])
        );
        Assert.Equal(600, (await pipeline.VisibleAsync()).Count);

        static Func<ProxiedRequest, Fault> NoPageAfter(int number) =>
            request => request.Operation == "Scan" && request.Number > number ? Fault.Hang : Fault.None;
    }

    [Fact]
    public async Task Ctrl_C_during_a_run_over_dead_letters_prints_how_many_are_settled()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var now = TimeProvider.System.GetUtcNow();
        string[] letters =
        [
            await StoreDeadLetterAsync(pipeline, "event-1", now, Ann),
            await StoreDeadLetterAsync(pipeline, "event-2", now.AddSeconds(-1), Bob),
            await StoreDeadLetterAsync(pipeline, "event-3", now.AddSeconds(-2), Bob),
        ];
        await pipeline.PutAsync(Ann);
        await using var proxy = await FaultyProxy.StartAsync(engine.Endpoint, NoneAfter(1));

        var retried = await InterruptAsync(proxy, pipeline, "failures", "retry", "--all", "--yes");
        proxy.Rule = NoneAfter(3);
        var discarded = await InterruptAsync(proxy, pipeline, "failures", "discard", letters[1], letters[2]);
        var left = await RunAsync(pipeline, "failures", "list");

        Assert.Equal((130, "Stopped. 1 settled, 0 failed again. Run the same command again: it continues."), retried);
        Assert.Equal((130, "Stopped. 1 discarded."), discarded);
        Assert.Equal("1 dead letters in the last 7 days.", left.Output[^1]);

        static Func<ProxiedRequest, Fault> NoneAfter(int number) =>
            request => request.Operation == "UpdateItem" && request.Number > number ? Fault.Hang : Fault.None;
    }

    [Fact]
    public async Task Ctrl_C_during_seeding_prints_how_many_items_were_written_and_the_same_command_writes_the_rest()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await using var proxy = await FaultyProxy.StartAsync(
            engine.Endpoint,
            request => request.Operation == "BatchWriteItem" && request.Number > 4 ? Fault.Hang : Fault.None
        );
        string[] seed = ["seed", "--count", "200", "--concurrency", "1", "--newest", "2026-11-22"];

        var stopped = await InterruptAsync(proxy, pipeline, seed);
        var again = await RunAsync(pipeline, seed);

        Assert.Equal((130, "Stopped. 100 items were written; it is safe to run the same command again."), stopped);
        Assert.Equal(0, again.ExitCode);
        Assert.StartsWith("200 items in ", again.Output[^1], StringComparison.Ordinal);
        Assert.Equal(200, (await pipeline.VisibleAsync()).Count);
    }

    [Fact]
    public async Task Ctrl_C_ends_a_simulation_which_says_what_it_wrote()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        // 16 writes at most are under way at once, so that most of the first 100 are answered when a later one hangs.
        await using var proxy = await FaultyProxy.StartAsync(
            engine.Endpoint,
            request => request is { Operation: "PutItem", Number: > 100 } ? Fault.Hang : Fault.None
        );

        var (exitCode, said) = await InterruptAsync(proxy, pipeline, "simulate-writes", "--count", "1000");

        Assert.Equal(130, exitCode);
        var writes = Assert.Single(Regex.Matches(said, @"^Stopped\. ([0-9]+) writes in ")).Groups[1].Value;
        Assert.InRange(int.Parse(writes, CultureInfo.InvariantCulture), 84, 120); // 100 puts, and the removals between them
    }

    [Fact]
    public async Task Ctrl_C_while_a_report_checks_the_stream_leaves_neither_a_file_nor_the_marked_record()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await using var proxy = await FaultyProxy.StartAsync(
            engine.Endpoint,
            request => request is { Operation: "GetItem", Table: "notification-records" } ? Fault.Hang : Fault.None
        );
        var file = Path.Combine(Path.GetTempPath(), $"report-{Guid.NewGuid():N}.md");

        var stopped = await InterruptAsync(proxy, pipeline, "report", "--output", file);

        Assert.Equal(
            (130, "Stopped. No report is written: stopped at: checking the stream. Stream check: the marked record is removed."),
            stopped
        );
        Assert.False(File.Exists(file));
        Assert.Empty(await pipeline.Tables.AllAsync(pipeline.Tables.Names.CommandRecords, Token));
    }

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
                    (1, "1 commands and 0 notifications looked at: 1 missing", ["reconcile", "--settle", "0"]),
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

            Assert.Equal((command[0], exitCode), (command[0], result.ExitCode));
            Assert.Contains(said, string.Join(' ', result.Output.Select(line => line.TrimEnd())), StringComparison.Ordinal);
            Assert.All(result.Output, line => Assert.InRange(line.Length, 0, 80));
        }
    }

    private static void AssertResult(ToolResult result, int exitCode, string[] output)
    {
        Assert.Equal(output, result.Output);
        Assert.Equal((exitCode, 0), (result.ExitCode, result.Errors.Count));
    }

    private static Dictionary<string, string> EnvironmentOf(Pipeline pipeline) =>
        new() { ["AWS_ACCESS_KEY_ID"] = pipeline.Tables.Space.GetCredentials().AccessKey };

    private Task<ToolResult> RunAsync(Pipeline pipeline, params string[] arguments) =>
        Tool.RunAsync(EnvironmentOf(pipeline), [.. arguments, "--endpoint", engine.Endpoint.ToString()]);

    /// <summary>Presses Ctrl-C when the engine no longer answers; returns the exit code and the output.</summary>
    private static async Task<(int ExitCode, string Said)> InterruptAsync(FaultyProxy proxy, Pipeline pipeline, params string[] command)
    {
        var before = proxy.Count(Fault.Hang);
        using var process = ToolProcess.Start(EnvironmentOf(pipeline), [.. command, "--endpoint", proxy.Endpoint.ToString()]);
        await Distributed.RunningSystem.EventuallyAsync("it is at work", () => Task.FromResult(proxy.Count(Fault.Hang) > before));
        var said = await process.InterruptAsync();
        return (process.ExitCode, said);
    }

    private static async Task PutManyAsync(Pipeline pipeline, int count)
    {
        var records = Seeder.Records(new() { Count = count, Newest = TimeProvider.System.GetUtcNow() });
        foreach (var batch in records.Chunk(25))
            await pipeline.Tables.Client.BatchWriteItemAsync(
                new BatchWriteItemRequest
                {
                    RequestItems = new()
                    {
                        [pipeline.Tables.Names.CommandRecords] =
                        [
                            .. batch.Select(record => new WriteRequest(new PutRequest(CommandItem.Of(record)))),
                        ],
                    },
                },
                Token
            );
    }

    private static async Task<string> StoreDeadLetterAsync(Pipeline pipeline, string eventId, DateTimeOffset at, CommandState command)
    {
        await pipeline.Tables.DeadLetters.PutAsync(
            new()
            {
                EventId = eventId,
                CommittedAt = at,
                SequenceNumber = "1",
                TransactionId = command.Read(AttributeNames.TransactionId).Text,
                CreatedAt = Moment,
                Record = $$"""{"eventID":"{{eventId}}"}""",
                ErrorType = "InvalidCommand",
                ErrorMessage = "user_id is missing",
                Attempts = 1,
            },
            Token
        );
        return $"{Timestamp.Format(at)}#{eventId}";
    }
}
