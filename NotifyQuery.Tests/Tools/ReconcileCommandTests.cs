using NotifyQuery.Core.Notifications;
using NotifyQuery.Tests.Reconciliation;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Tools.PipelineTool;
using static NotifyQuery.Tests.Tools.SampleCommands;

namespace NotifyQuery.Tests.Tools;

/// <summary>reconcile and rebuild as an operator types them: what they print when redirected, and their exit codes.</summary>
public sealed class ReconcileCommandTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
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
                $"missing\ttx-2\t{Moment}\tthe command has no notification",
                $"stale\ttx-1\t{Moment}\tdiffers in status, status_key",
                Failed,
                "3 commands and 1 notifications compared: 1 missing, 1 stale, 0 orphaned, 1 failed.",
            ]
        );
        AssertResult(
            ofBob,
            1,
            [
                $"missing\ttx-2\t{Moment}\tthe command has no notification",
                "1 commands and 0 notifications compared: 1 missing, 0 stale, 0 orphaned, 0 failed.",
            ]
        );
        Assert.Equal(
            (0, "3 commands and 2 notifications compared: 1 missing, 1 stale, 0 orphaned, 1 failed; 2 repaired, 0 changed meanwhile."),
            (repaired.ExitCode, repaired.Output[^1])
        );
        AssertResult(agreed, 0, [Failed, "3 commands and 2 notifications compared: 0 missing, 0 stale, 0 orphaned, 1 failed."]);
    }

    [Fact]
    public async Task Rebuild_fills_a_query_table_and_ends_with_0()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.PutAsync(Ann);
        await pipeline.PutAsync(Bob);

        var rebuilt = await RunAsync(pipeline, "rebuild", "--restart");

        Assert.Equal(
            (0, "2 commands and 0 notifications compared: 2 missing, 0 stale, 0 orphaned, 0 failed; 2 repaired, 0 changed meanwhile."),
            (rebuilt.ExitCode, rebuilt.Output[^1])
        );
        Assert.Equal(2, (await pipeline.VisibleAsync()).Count);
    }
}
