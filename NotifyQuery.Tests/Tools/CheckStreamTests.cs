using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Tools;

/// <summary>check-stream when no change ever arrives: the tables exist, but there is no projection.</summary>
public sealed class CheckStreamTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_that_did_not_arrive_is_reported_the_record_is_removed_and_it_exits_with_1()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);

        var result = await Tool.RunAsync(
            EnvironmentOf(tables),
            "check-stream",
            "--within",
            "0.2",
            "--endpoint",
            engine.Endpoint.ToString()
        );

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("insert: not seen within 0.2 s", result.Output[^1], StringComparison.Ordinal);
        Assert.Empty(await tables.AllAsync(tables.Names.CommandRecords, Token));
    }

    [Fact]
    public async Task Ctrl_C_in_the_middle_removes_the_record_and_says_so()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        using var process = ToolProcess.Start(
            EnvironmentOf(tables),
            "check-stream",
            "--within",
            "300",
            "--endpoint",
            engine.Endpoint.ToString()
        );
        await WrittenAsync(tables);

        var errors = await process.InterruptAsync();

        Assert.Equal((130, "Stopped. 0 changes were checked; the marked record is removed."), (process.ExitCode, errors));
        Assert.Empty(await tables.AllAsync(tables.Names.CommandRecords, Token));
    }

    [Fact]
    public async Task A_clean_up_that_fails_is_given_its_time_and_hides_nothing()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        await using var proxy = await FaultyProxy.StartAsync(
            engine.Endpoint,
            request => request.Operation is "DeleteItem" ? Fault.Hang : Fault.None
        );
        using var process = ToolProcess.Start(
            EnvironmentOf(tables),
            "check-stream",
            "--within",
            "300",
            "--endpoint",
            proxy.Endpoint.ToString()
        );
        await WrittenAsync(tables);

        var errors = await process.InterruptAsync();

        var left = Assert.Single(await tables.AllAsync(tables.Names.CommandRecords, Token));
        Assert.Equal(130, process.ExitCode);
        Assert.Equal(
            $"Stopped. 0 changes were checked; the marked record (transaction_id {left["transaction_id"].S}, created_at "
                + $"{left["created_at"].S}) may be left in command-records, delete it there: no response within 5 s.",
            errors
        );
    }

    private static Dictionary<string, string> EnvironmentOf(LocalTables tables) =>
        new() { ["AWS_ACCESS_KEY_ID"] = tables.Space.GetCredentials().AccessKey };

    private static Task WrittenAsync(LocalTables tables) =>
        Distributed.RunningSystem.EventuallyAsync(
            "the marked record is written",
            async () => (await tables.AllAsync(tables.Names.CommandRecords, Token)).Count > 0
        );
}
