using NotifyQuery.Core.Notifications;
using NotifyQuery.Tests.Reconciliation;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Tools.PipelineTool;
using static NotifyQuery.Tests.Tools.SampleCommands;

namespace NotifyQuery.Tests.Tools;

/// <summary>failures as an operator types it: what it prints when redirected, and its exit codes.</summary>
public sealed class FailuresCommandTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
}
