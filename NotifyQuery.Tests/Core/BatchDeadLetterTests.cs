using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Core.BatchParts;

namespace NotifyQuery.Tests.Core;

/// <summary>Changes that can never be projected: which become dead letters, and which are delivered again.</summary>
public sealed class BatchDeadLetterTests
{
    private readonly InMemoryProjectionStore store = new();
    private readonly InMemoryDeadLetters deadLetters = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_poisoned_change_becomes_a_dead_letter_and_does_not_hold_up_the_others()
    {
        var poisoned = Change.Insert(1, Command(1).Without(AttributeNames.UserId));

        var report = await Projector(store).ProjectAsync([poisoned, Change.Insert(2, Command(2))], Token);

        Assert.Equal([ChangeOutcome.DeadLetter, ChangeOutcome.Applied], report.Outcomes);
        Assert.Empty(report.Failed);
        var letter = Assert.Single(deadLetters.Letters);
        Assert.Equal(
            new DeadLetter
            {
                EventId = "event-1",
                CommittedAt = Change.FirstCommit.AddMilliseconds(1),
                SequenceNumber = Change.SequenceNumber(1),
                TransactionId = "tx-1",
                CreatedAt = "2026-11-22T08:15:30.123Z",
                Record = poisoned.RawRecord(),
                ErrorType = "InvalidCommand",
                ErrorMessage = "user_id is missing",
                Attempts = 1,
            },
            letter
        );
    }

    [Fact]
    public async Task A_poisoned_change_is_delivered_again_when_its_old_place_could_not_be_cleared()
    {
        var projector = Projector(new ScriptedStore((_, _) => Task.FromResult(Unavailable)));

        var report = await projector.ProjectAsync([Change.Modify(1, Command(1), Command(1).With(AttributeNames.Channel, "fax"))], Token);

        Assert.Equal([ChangeOutcome.Failed], report.Outcomes);
    }

    [Fact]
    public async Task A_poisoned_change_is_delivered_again_when_its_dead_letter_could_not_be_kept()
    {
        var projector = new BatchProjector(store, new ScriptedDeadLetters((_, _) => Task.FromResult(Unavailable)), TimeProvider.System, 4);

        var report = await projector.ProjectAsync([Change.Insert(1, Command(1).Without(AttributeNames.UserId))], Token);

        Assert.Equal([Change.SequenceNumber(1)], report.Failed);
    }

    [Fact]
    public async Task A_notification_that_the_table_refuses_is_cleared_and_becomes_a_dead_letter()
    {
        await Projector(store).ProjectAsync([Change.Insert(1, Command(1))], Token);
        var sent = Command(1).With(AttributeNames.Status, "SENT");

        var report = await Projector(RefusingPuts()).ProjectAsync([Change.Modify(2, Command(1), sent)], Token);

        Assert.Equal([ChangeOutcome.DeadLetter], report.Outcomes);
        Assert.Equal(
            new ProjectionWrite.Tombstone(sent.Image().Record!.Key, Change.Version(2), Change.FirstCommit.AddMilliseconds(2)),
            store.Find(sent.Image().Record!.Key)
        );
        var letter = Assert.Single(deadLetters.Letters);
        Assert.Equal(("event-2", "RefusedByTable", "item too large"), (letter.EventId, letter.ErrorType, letter.ErrorMessage));
    }

    [Fact]
    public async Task Of_coalesced_changes_only_the_refused_one_is_a_dead_letter()
    {
        var sent = Command(1).With(AttributeNames.Status, "SENT");

        var report = await Projector(RefusingPuts())
            .ProjectAsync([Change.Insert(1, Command(1)), Change.Modify(2, Command(1), sent)], Token);

        Assert.Equal([ChangeOutcome.Applied, ChangeOutcome.DeadLetter], report.Outcomes);
        Assert.Equal("event-2", Assert.Single(deadLetters.Letters).EventId);
    }

    [Fact]
    public async Task A_refused_notification_whose_place_could_not_be_cleared_is_delivered_again_without_a_dead_letter()
    {
        var projector = Projector(new ScriptedStore((write, _) => Task.FromResult(write is ProjectionWrite.Put ? Refused : Unavailable)));

        var report = await projector.ProjectAsync([Change.Insert(1, Command(1))], Token);

        Assert.Equal([ChangeOutcome.Failed], report.Outcomes);
        Assert.Empty(deadLetters.Letters);
    }

    [Fact]
    public async Task A_tombstone_at_a_place_that_the_table_refuses_has_nothing_to_clear()
    {
        var projector = Projector(new ScriptedStore((_, _) => Task.FromResult(Refused)));

        var report = await projector.ProjectAsync([Change.Remove(1, Command(1))], Token);

        Assert.Equal([ChangeOutcome.Stale], report.Outcomes);
        Assert.Empty(deadLetters.Letters);
    }

    private BatchProjector Projector(IProjectionStore projectionStore, int concurrency = 4) =>
        BatchParts.Projector(projectionStore, deadLetters, concurrency);

    private ScriptedStore RefusingPuts() =>
        new((write, token) => write is ProjectionWrite.Put ? Task.FromResult(Refused) : store.WriteAsync(write, token));
}
