using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.Failures;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Reconciliation.DeadLetterRuns;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>A run over many dead letters, dry or not: no letter ends it, and none keeps the others from being settled.</summary>
public sealed class DeadLetterRunTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dry_run_says_what_would_become_of_the_letters_and_changes_nothing()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.PutAsync(Command("tx-1"));
        await pipeline.PutAsync(Command("tx-2").With(AttributeNames.Channel, "fax"));
        await KeepAsync(
            pipeline,
            Letter("a", "tx-1", Now),
            Letter("b", "tx-2", Now),
            Letter("gone", "tx-3", Now),
            Letter("nameless", null, Now)
        );
        var before = await StateAsync(pipeline);

        var report = await RunAsync(pipeline, FailureOperation.Retry, Everything, new() { DryRun = true });
        var discarding = await RunAsync(pipeline, FailureOperation.Discard, Everything, new() { DryRun = true });

        Assert.Equal("Dry run, nothing is changed: 2 would be settled, 2 would fail again.", report.Summary());
        Assert.Equal("Dry run, nothing is changed: 4 would be discarded.", discarding.Summary());
        Assert.Equal(
            [
                "InvalidCommand: channel is 'fax': it must be one of push, sms, email, in_app",
                "InvalidCommand: the stream record names no command: discard the dead letter once its cause is known",
            ],
            report.Causes.Select(cause => cause.Cause)
        );
        Assert.Equal(before, await StateAsync(pipeline));
    }

    [Fact]
    public async Task A_letter_that_names_no_possible_command_does_not_keep_its_neighbours_from_being_settled()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.PutAsync(Command("tx-1"));
        await KeepAsync(
            pipeline,
            Letter("a", "tx-1", Now),
            Letter("odd", "tx-2", Now) with
            {
                CreatedAt = new('c', 1500),
            },
            Letter("gone", "tx-3", Now)
        );

        var report = await RunAsync(pipeline, FailureOperation.Retry, Everything);

        Assert.Equal((2, 1), (report.Settled, report.Failed));
        Assert.StartsWith(
            "InvalidCommand: the stream record names no command that the table could hold",
            Assert.Single(report.Causes).Cause,
            StringComparison.Ordinal
        );
        Assert.Contains("transaction_id=tx-1", Assert.Single(await pipeline.VisibleAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_letter_that_is_erased_meanwhile_ends_nothing()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.PutAsync(Command("tx-1"));
        await KeepAsync(pipeline, Letter("a", "tx-1", Now), Letter("b", "tx-2", Now));
        pipeline.Client.BeforeRead = async _ =>
        {
            foreach (var item in await pipeline.Tables.AllAsync(pipeline.Tables.Names.ProjectionFailures, Token))
                if (item["event_id"].S == "b")
                    await pipeline.Tables.Client.DeleteItemAsync(
                        pipeline.Tables.Names.ProjectionFailures,
                        new() { ["failure_day"] = item["failure_day"], ["failed_at"] = item["failed_at"] },
                        Token
                    );
        };

        var report = await RunAsync(pipeline, FailureOperation.Retry, Everything);

        Assert.Equal((2, 0), (report.Settled, report.Failed));
        Assert.True(Assert.Single(await pipeline.Tables.AllAsync(pipeline.Tables.Names.ProjectionFailures, Token))["resolved"].BOOL);
    }

    private static async Task<List<string>> StateAsync(Pipeline pipeline)
    {
        var items = new List<string>();
        foreach (
            var table in (string[])
                [
                    pipeline.Tables.Names.ProjectionFailures,
                    pipeline.Tables.Names.NotificationRecords,
                    pipeline.Tables.Names.StreamCheckpoints,
                ]
        )
            items.AddRange(
                (await pipeline.Tables.AllAsync(table, Token)).Select(item =>
                    string.Join(
                        ' ',
                        item.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={a.Value.S}{a.Value.N}{a.Value.BOOL}")
                    )
                )
            );
        items.Sort(StringComparer.Ordinal);
        return items;
    }
}
