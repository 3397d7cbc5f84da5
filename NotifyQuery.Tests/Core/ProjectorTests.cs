using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Core;

public sealed class ProjectorTests
{
    private static readonly CommandState Ann = CommandState.Of("tx-1", "2026-11-22T08:15:30.123Z", "ann");
    private static readonly CommandState Bob = Ann.With(AttributeNames.UserId, "bob");
    private static readonly CommandState Nobody = Ann.Without(AttributeNames.UserId);
    private static readonly NotificationKey AnnsPlace = new("ann", "2026-11-22T08:15:30.123Z#tx-1");
    private static readonly NotificationKey BobsPlace = new("bob", "2026-11-22T08:15:30.123Z#tx-1");

    [Fact]
    public void An_insert_puts_the_notification_with_the_version_of_the_change()
    {
        var projection = Projector.Project(Change.Insert(7, Ann), Change.FirstCommit);

        Assert.Equal([new ProjectionWrite.Put(Ann.Image().Record!, Change.Version(7))], projection.Writes);
        Assert.Empty(projection.Problems);
    }

    [Fact]
    public void A_modification_puts_the_new_state_at_the_same_place()
    {
        var sent = Ann.With(AttributeNames.Status, "SENT");

        var projection = Projector.Project(Change.Modify(8, Ann, sent), Change.FirstCommit);

        Assert.Equal([new ProjectionWrite.Put(sent.Image().Record!, Change.Version(8))], projection.Writes);
        Assert.Equal(AnnsPlace, projection.Writes[0].Key);
    }

    [Fact]
    public void A_notification_that_moves_to_another_user_is_put_there_and_leaves_a_tombstone()
    {
        var change = Change.Modify(9, Ann, Bob);

        var projection = Projector.Project(change, Change.FirstCommit);

        Assert.Equal(
            [
                new ProjectionWrite.Put(Bob.Image().Record!, Change.Version(9)),
                new ProjectionWrite.Tombstone(AnnsPlace, Change.Version(9), change.CommittedAt),
            ],
            projection.Writes
        );
    }

    [Fact]
    public void A_removal_leaves_a_tombstone_with_the_version_of_the_removal()
    {
        var change = Change.Remove(10, Ann);

        var projection = Projector.Project(change, Change.FirstCommit);

        Assert.Equal([new ProjectionWrite.Tombstone(AnnsPlace, Change.Version(10), change.CommittedAt)], projection.Writes);
        Assert.Empty(projection.Problems);
    }

    [Fact]
    public void A_poisoned_insert_writes_nothing_and_says_what_is_wrong()
    {
        var projection = Projector.Project(Change.Insert(11, Nobody), Change.FirstCommit);

        Assert.Empty(projection.Writes);
        Assert.Equal(["user_id is missing"], projection.Problems);
    }

    [Fact]
    public void A_command_that_becomes_poison_clears_the_place_where_it_was_visible()
    {
        var change = Change.Modify(12, Ann, Ann.With(AttributeNames.Channel, "fax"));

        var projection = Projector.Project(change, Change.FirstCommit);

        Assert.Equal([new ProjectionWrite.Tombstone(AnnsPlace, Change.Version(12), change.CommittedAt)], projection.Writes);
        Assert.Single(projection.Problems);
    }

    [Fact]
    public void A_poisoned_command_that_is_corrected_becomes_visible()
    {
        var repairedInPlace = Projector.Project(Change.Modify(13, Ann.With(AttributeNames.Channel, "fax"), Ann), Change.FirstCommit);
        var repairedWithoutPlace = Projector.Project(Change.Modify(13, Nobody, Ann), Change.FirstCommit);

        Assert.Equal([new ProjectionWrite.Put(Ann.Image().Record!, Change.Version(13))], repairedInPlace.Writes);
        Assert.Equal([new ProjectionWrite.Put(Ann.Image().Record!, Change.Version(13))], repairedWithoutPlace.Writes);
    }

    [Fact]
    public void The_removal_of_a_command_that_never_had_a_place_writes_nothing()
    {
        var projection = Projector.Project(Change.Remove(14, Nobody), Change.FirstCommit);

        Assert.Empty(projection.Writes);
        Assert.Empty(projection.Problems);
    }

    [Theory]
    [InlineData(
        "495903382714902566085596925383615710959215759891365888981",
        "…/stream/2020-01-02T03:04:05.678",
        "the sequence number is '4959"
    )] // 57 digits
    [InlineData(
        "17",
        "…/stream/9999-12-31T23:59:59.999",
        "the stream was created at 9999-12-31T23:59:59.999Z, but it is 2026-11-22T08:15:30.000Z now"
    )]
    [InlineData("17", "…/stream/latest", "the stream is '…/stream/latest'")]
    [InlineData("17", null, "the stream is ''")]
    public void A_change_with_a_version_that_no_stream_can_have_issued_is_poison_and_touches_nothing(
        string sequenceNumber,
        string? streamArn,
        string problem
    )
    {
        var projection = Projector.Project(
            Change.Modify(15, Ann, Bob) with
            {
                SequenceNumber = sequenceNumber,
                StreamArn = streamArn,
            },
            Change.FirstCommit
        );

        Assert.Empty(projection.Writes);
        Assert.StartsWith(problem, Assert.Single(projection.Problems), StringComparison.Ordinal);
        Assert.Equal(BobsPlace, Bob.Image().Record!.Key);
    }
}
