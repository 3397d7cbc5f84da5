using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Core;

public sealed class BatchPlanTests
{
    private static readonly CommandState Pending = CommandState
        .Of("tx-1", "2026-11-22T08:15:30.123Z", "ann")
        .With(AttributeNames.Status, "PENDING");
    private static readonly CommandState Sent = Pending.With(AttributeNames.Status, "SENT");
    private static readonly CommandState AtBob = Sent.With(AttributeNames.UserId, "bob");
    private static readonly CommandState Other = CommandState.Of("tx-2", "2026-11-22T08:15:30.123Z", "ann");

    [Fact]
    public void Changes_of_one_item_become_one_write_of_the_last_state()
    {
        var plan = BatchPlan.Of([Change.Insert(1, Pending), Change.Modify(2, Pending, Sent)], Change.FirstCommit);

        var planned = Assert.Single(plan.Writes);
        Assert.Equal(new ProjectionWrite.Put(Sent.Image().Record!, Change.Version(2)), planned.Write);
        Assert.Equal([0, 1], planned.Changes);
        Assert.Empty(plan.Poison);
    }

    [Fact]
    public void Changes_of_different_items_stay_apart_also_in_the_same_millisecond_for_the_same_user()
    {
        var plan = BatchPlan.Of([Change.Insert(1, Pending), Change.Insert(2, Other)], Change.FirstCommit);

        Assert.Equal(2, plan.Writes.Count);
        Assert.Equal([0], plan.Writes[0].Changes);
        Assert.Equal([1], plan.Writes[1].Changes);
    }

    [Fact]
    public void A_removal_after_an_insert_leaves_only_the_tombstone()
    {
        var plan = BatchPlan.Of([Change.Insert(1, Pending), Change.Remove(2, Pending)], Change.FirstCommit);

        Assert.IsType<ProjectionWrite.Tombstone>(Assert.Single(plan.Writes).Write);
    }

    [Fact]
    public void A_recreation_after_a_removal_leaves_only_the_new_notification()
    {
        var plan = BatchPlan.Of([Change.Remove(1, Pending), Change.Insert(2, Sent)], Change.FirstCommit);

        Assert.Equal(new ProjectionWrite.Put(Sent.Image().Record!, Change.Version(2)), Assert.Single(plan.Writes).Write);
    }

    [Fact]
    public void A_move_within_a_batch_keeps_a_tombstone_of_the_place_left_behind()
    {
        var plan = BatchPlan.Of([Change.Insert(1, Sent), Change.Modify(2, Sent, AtBob)], Change.FirstCommit);

        Assert.Equal(2, plan.Writes.Count);
        var left = Assert.Single(plan.Writes, w => w.Write.Key.UserId == "ann");
        Assert.IsType<ProjectionWrite.Tombstone>(left.Write);
        Assert.Equal([0, 1], left.Changes);
        var reached = Assert.Single(plan.Writes, w => w.Write.Key.UserId == "bob");
        Assert.IsType<ProjectionWrite.Put>(reached.Write);
        Assert.Equal([1], reached.Changes);
    }

    [Fact]
    public void A_move_there_and_back_ends_where_it_began()
    {
        var plan = BatchPlan.Of([Change.Modify(1, Sent, AtBob), Change.Modify(2, AtBob, Sent)], Change.FirstCommit);

        Assert.IsType<ProjectionWrite.Put>(Assert.Single(plan.Writes, w => w.Write.Key.UserId == "ann").Write);
        Assert.IsType<ProjectionWrite.Tombstone>(Assert.Single(plan.Writes, w => w.Write.Key.UserId == "bob").Write);
        Assert.All(plan.Writes, w => Assert.Equal(Change.Version(2), w.Write.Version));
    }

    [Fact]
    public void The_newest_change_wins_whichever_order_the_batch_has_and_stands_last()
    {
        var plan = BatchPlan.Of([Change.Modify(2, Pending, Sent), Change.Insert(1, Pending)], Change.FirstCommit);

        var planned = Assert.Single(plan.Writes);
        Assert.Equal(new ProjectionWrite.Put(Sent.Image().Record!, Change.Version(2)), planned.Write);
        Assert.Equal([1, 0], planned.Changes);
    }

    [Fact]
    public void A_record_that_comes_twice_is_written_once()
    {
        var plan = BatchPlan.Of([Change.Insert(1, Pending), Change.Insert(1, Pending)], Change.FirstCommit);

        Assert.Equal([0, 1], Assert.Single(plan.Writes).Changes);
    }

    [Fact]
    public void A_poisoned_change_is_set_apart_and_its_clearing_still_counts_among_the_writes()
    {
        var poison = Sent.With(AttributeNames.Channel, "fax");

        var plan = BatchPlan.Of([Change.Insert(1, Other), Change.Modify(2, Sent, poison)], Change.FirstCommit);

        Assert.Equal(1, Assert.Single(plan.Poison).Change);
        Assert.IsType<ProjectionWrite.Tombstone>(Assert.Single(plan.Writes, w => w.Changes.SequenceEqual([1])).Write);
    }

    [Fact]
    public void An_empty_batch_needs_nothing()
    {
        var plan = BatchPlan.Of([], Change.FirstCommit);

        Assert.Empty(plan.Writes);
        Assert.Empty(plan.Poison);
    }
}
