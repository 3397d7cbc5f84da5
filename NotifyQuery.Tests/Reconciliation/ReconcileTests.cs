using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Reconciliation.TwoCommands;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>What a comparison tells, and what it keeps to itself.</summary>
public sealed class ReconcileTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    [Fact]
    public async Task Tables_that_agree_give_no_finding_whatever_is_hidden_in_them()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Ann);
        await pipeline.ShowAsync(Ann.With(AttributeNames.UserId, "cleo")); // leaves a tombstone with ann
        await pipeline.ShowAsync(Bob.With("unknown", "attribute"));
        await pipeline.ProjectAsync(await pipeline.PutAsync(Bob.With(AttributeNames.CreatedAt, "2026-11-23T00:00:00.000Z")));
        await pipeline.ProjectAsync(await pipeline.RemoveAsync(Bob.With(AttributeNames.CreatedAt, "2026-11-23T00:00:00.000Z")));

        var report = await pipeline.ReconcileAsync();

        Assert.Equal((2, 2), (report.Commands, report.Notifications));
        Assert.Empty(report.Findings);
        Assert.True(report.Agree);
    }

    [Fact]
    public async Task A_command_that_is_not_shown_is_missing()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.PutAsync(Ann);

        var report = await pipeline.ReconcileAsync();

        Assert.Equal([new(Discrepancy.Missing, "tx-1", Moment, "the command has no notification")], report.Findings);
        Assert.False(report.Agree);
    }

    [Fact]
    public async Task A_command_in_whose_place_a_tombstone_stands_is_missing()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Ann);
        await pipeline.ProjectAsync(await pipeline.RemoveAsync(Ann));
        await pipeline.PutAsync(Ann);

        var report = await pipeline.ReconcileAsync();

        Assert.Equal(Discrepancy.Missing, Assert.Single(report.Findings).Kind);
    }

    [Fact]
    public async Task A_state_that_is_not_the_current_one_is_stale_and_the_attributes_that_differ_are_named()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Ann);
        await pipeline.PutAsync(Ann.With(AttributeNames.Status, "READ").Without(AttributeNames.Title).With(AttributeNames.Channel, "push"));

        var report = await pipeline.ReconcileAsync();

        Assert.Equal([new(Discrepancy.Stale, "tx-1", Moment, "differs in channel, status, status_key, title")], report.Findings);
    }

    [Theory]
    [InlineData(AttributeNames.StatusKey, "SENT#2026-11-21#07")]
    [InlineData(AttributeNames.StatusKey, "SENT#2026-11-22#00")] // another transaction's place
    [InlineData(AttributeNames.StatusKey, "SENT#2026-11-22")]
    [InlineData(AttributeNames.StatusKey, null)]
    [InlineData(AttributeNames.CampaignKey, "spring#07")]
    [InlineData(AttributeNames.StatusDay, "SENT#2026-11-22")]
    [InlineData(AttributeNames.SentAt, "2026-11-22T08:15:30.124Z")]
    [InlineData(AttributeNames.TransactionId, "tx-2")]
    [InlineData(AttributeNames.TransactionId, null)]
    [InlineData(AttributeNames.SourceVersion, "7")]
    [InlineData(AttributeNames.SourceVersion, null)]
    [InlineData(AttributeNames.ExpiresAt, "2026")]
    [InlineData("invented", "here")]
    public async Task An_attribute_that_no_projection_would_write_is_stale_and_not_orphaned_too(string attribute, string? value)
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Ann);
        await pipeline.DamageAsync(Ann.Image().Record!.Key, attribute, value is null ? null : new AttributeValue(value));

        var report = await pipeline.ReconcileAsync();

        Assert.Equal([new(Discrepancy.Stale, "tx-1", Moment, $"differs in {attribute}")], report.Findings);
    }

    [Fact]
    public async Task What_is_shown_of_a_removed_a_moved_or_a_now_invalid_command_is_orphaned()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var invalid = CommandState.Of("tx-3", Moment, "cleo");
        await pipeline.ShowAsync(Ann);
        await pipeline.ShowAsync(Bob);
        await pipeline.ShowAsync(invalid);
        await pipeline.RemoveAsync(Ann);
        await pipeline.PutAsync(Bob.With(AttributeNames.UserId, "ann"));
        await pipeline.PutAsync(invalid.With(AttributeNames.Channel, "fax"));

        var report = await pipeline.ReconcileAsync();

        Assert.Equal(
            [
                (Discrepancy.Missing, "tx-2"),
                (Discrepancy.Orphaned, "tx-1"),
                (Discrepancy.Orphaned, "tx-2"),
                (Discrepancy.Orphaned, "tx-3"),
                (Discrepancy.Failed, "tx-3"),
            ],
            report.Findings.Select(f => (f.Kind, f.TransactionId)).Order()
        );
    }

    [Fact]
    public async Task Something_in_a_place_that_no_command_can_have_is_orphaned()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        foreach (var sortKey in (string[])["nonsense", "#tx-1", $"{Moment}#", "2026-11-22#tx-1"])
            await pipeline.DamageAsync(new("ann", sortKey), AttributeNames.Title, new("planted"));

        var report = await pipeline.ReconcileAsync();

        Assert.Equal(
            ["#tx-1", "2026-11-22#tx-1", $"{Moment}#", "nonsense"],
            report.Findings.Select(f => f.CreatedAt).Order(StringComparer.Ordinal)
        );
        Assert.Equal(4, report.Count(Discrepancy.Orphaned));
    }

    [Fact]
    public async Task A_command_that_can_never_be_projected_is_failed_with_all_that_is_wrong_and_the_tables_still_agree()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.PutAsync(Ann.WithType(AttributeNames.UserId, "N").With(AttributeNames.Channel, "fax"));

        var report = await pipeline.ReconcileAsync();

        var finding = Assert.Single(report.Findings);
        Assert.Equal((Discrepancy.Failed, "tx-1"), (finding.Kind, finding.TransactionId));
        Assert.Contains("user_id has type N", finding.Detail, StringComparison.Ordinal);
        Assert.Contains("channel is 'fax'", finding.Detail, StringComparison.Ordinal);
        Assert.True(report.Agree);
    }

    [Fact]
    public async Task With_a_user_only_that_users_commands_and_notifications_are_compared()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.PutAsync(Ann);
        await pipeline.ShowAsync(Bob);
        await pipeline.PutAsync(Bob.With(AttributeNames.UserId, "cleo"));

        var ann = await pipeline.ReconcileAsync(new() { UserId = "ann", Settle = TimeSpan.Zero });
        var bob = await pipeline.ReconcileAsync(new() { UserId = "bob", Settle = TimeSpan.Zero });

        Assert.Equal((1, 0), (ann.Commands, ann.Notifications));
        Assert.Equal([(Discrepancy.Missing, "tx-1")], ann.Findings.Select(f => (f.Kind, f.TransactionId)));
        Assert.Equal((0, 1), (bob.Commands, bob.Notifications));
        Assert.Equal([(Discrepancy.Orphaned, "tx-2")], bob.Findings.Select(f => (f.Kind, f.TransactionId)));
    }

    [Fact]
    public async Task Any_number_of_segments_counts_the_same_and_no_more_findings_are_kept_than_fit()
    {
        const int Missing = ReconcileReport.FindingsKept + 30;
        using var pipeline = await Pipeline.CreateAsync(engine);
        for (var i = 0; i < Missing; i++)
            await pipeline.PutAsync(CommandState.Of($"tx-{i}", Moment, $"user-{i % 7}"));
        await pipeline.ShowAsync(CommandState.Of("stale", Moment, "ann"));
        await pipeline.PutAsync(CommandState.Of("stale", Moment, "ann").With(AttributeNames.Title, "newer"));
        await pipeline.PutAsync(CommandState.Of("failed", Moment, "ann").With(AttributeNames.Status, "LOST"));

        foreach (var segments in (int[])[1, 3, 64])
        {
            var report = await pipeline.ReconcileAsync(new() { Segments = segments, Settle = TimeSpan.Zero });

            Assert.Equal((Missing + 2, 1), (report.Commands, report.Notifications));
            Assert.Equal([Missing, 1, 0, 1], Enum.GetValues<Discrepancy>().Select(report.Count));
            Assert.Equal(ReconcileReport.FindingsKept, report.Findings.Count(f => f.Kind is Discrepancy.Missing));
            Assert.Equal(ReconcileReport.FindingsKept + 2, report.Findings.Distinct().Count());
        }
    }
}
