using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Tools;

/// <summary>With which exit code and sentence a command ends that is wrongly used, asks for help, or finds no tables.</summary>
public sealed class ExitCodeTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
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
    [InlineData("--rate must be from 0.1 to 10000.", "bench", "--duration", "1s", "--rate", "0")]
    [InlineData("--rate needs the time for which it is held: add --duration, like --duration 10m.", "bench", "--rate", "10")]
    [InlineData("--throughput-duration is '2h': it must be from 0.1s to 1h", "bench", "--throughput-duration", "2h")]
    [InlineData(
        "--duration keeps one load up and compares nothing: leave --requests or --duration out.",
        "bench",
        "--duration",
        "10m",
        "--requests",
        "5"
    )]
    [InlineData(
        "--duration keeps one load up and compares nothing: leave --throughput-duration or --duration out.",
        "bench",
        "--duration",
        "10m",
        "--throughput-duration",
        "5"
    )]
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

    [Theory]
    [InlineData("bench")]
    [InlineData("watch")]
    public async Task The_help_names_no_default_of_a_duration_that_has_none(string command)
    {
        var result = await Tool.RunAsync(command, "--help");

        var duration = Assert.Single(result.Output, line => line.TrimStart().StartsWith("--duration ", StringComparison.Ordinal));
        Assert.DoesNotContain("[default", duration, StringComparison.Ordinal);
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
                + $"NotifyQuery.AppHost', or give its address with --endpoint\\. 0 commands and 0 notifications compared: ",
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
}
