using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Tests.Distributed;

[Collection(nameof(OneSystemAtATime))]
public sealed class FailureTests(WholeSystem whole)
{
    private readonly RunningSystem system = whole.System;
    private readonly string user = $"user-{Guid.NewGuid():N}";

    [Theory]
    [InlineData("StreamProcessor")]
    [InlineData("event-source")]
    [InlineData("QueryResult")]
    [InlineData("Query")]
    [InlineData("handler")]
    public async Task A_process_killed_while_commands_are_written_loses_nothing(string resource)
    {
        var records = Enumerable.Range(0, 80).Select(_ => RunningSystem.NewRecord(user)).ToList();
        for (var i = 0; i < records.Count; i++)
        {
            await system.Commands.PutAsync(records[i], TestContext.Current.CancellationToken);
            await system.Commands.PutAsync(records[i] with { Status = NotificationStatus.Sent }, TestContext.Current.CancellationToken);
            if (i == 30)
                await KillAsync(system, resource);
        }

        await RunningSystem.EventuallyAsync(
            "every command is seen, and its last status",
            async () =>
            {
                var items = await system.ItemsOfAsync(user);
                return items.Length == records.Count && items.All(item => item.GetProperty("status").GetString() == "SENT");
            }
        );
    }

    [Fact]
    public async Task Records_that_a_failing_function_was_given_are_delivered_again()
    {
        await whole.WhileProjectionFailsAsync(async () =>
        {
            await system.Commands.PutAsync(RunningSystem.NewRecord(user), TestContext.Current.CancellationToken);
            await WaitForLogAsync(system, "event-source", "ResourceNotFoundException");
        });

        await RunningSystem.EventuallyAsync("the record is seen", async () => (await system.ItemsOfAsync(user)).Length == 1);
    }

    [Fact]
    public async Task Two_systems_side_by_side_do_not_see_each_other()
    {
        var one = whole.System;
        await using var two = await RunningSystem.StartAsync();

        await one.Commands.PutAsync(RunningSystem.NewRecord(user), TestContext.Current.CancellationToken);
        await RunningSystem.EventuallyAsync("the one sees its record", async () => (await one.ItemsOfAsync(user)).Length == 1);
        Assert.Empty(await two.ItemsOfAsync(user));
    }

    private static async Task KillAsync(RunningSystem system, string resource)
    {
        Assert.True(system.App.ResourceNotifications.TryGetCurrentState(await IdOfAsync(system, resource), out var current));
        var pid = current.Snapshot.Properties.Single(p => p.Name == "executable.pid").Value;
        using var process = Process.GetProcessById(Convert.ToInt32(pid, System.Globalization.CultureInfo.InvariantCulture));
        process.Kill(entireProcessTree: true);
    }

    private static async Task<string> IdOfAsync(RunningSystem system, string resource) =>
        (
            await system.App.ResourceNotifications.WaitForResourceAsync(resource, _ => true, TestContext.Current.CancellationToken)
        ).ResourceId;

    private static async Task WaitForLogAsync(RunningSystem system, string resource, string text)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var logs = (ResourceLoggerService)system.App.Services.GetService(typeof(ResourceLoggerService))!;
        var id = await IdOfAsync(system, resource);
        await foreach (var batch in logs.WatchAsync(id).WithCancellation(limit.Token))
            if (batch.Any(line => line.Content.Contains(text, StringComparison.Ordinal)))
                return;
        Assert.Fail($"the log of {resource} ended without '{text}'");
    }
}
