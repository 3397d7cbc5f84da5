using System.Text.Json;
using Amazon.DynamoDBv2.Model;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.Tests.Distributed;

namespace NotifyQuery.Tests.Tools;

/// <summary>The operator's commands on a running system, as the dashboard offers them.</summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class DashboardCommandsTests(WholeSystem whole)
{
    private readonly RunningSystem system = whole.System;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
}
