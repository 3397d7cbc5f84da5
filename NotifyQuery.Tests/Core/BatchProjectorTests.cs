using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Core.BatchParts;

namespace NotifyQuery.Tests.Core;

/// <summary>The outcome of each change of a batch, and how many writes are under way at once.</summary>
public sealed class BatchProjectorTests
{
    private readonly InMemoryProjectionStore store = new();
    private readonly InMemoryDeadLetters deadLetters = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_that_is_applied_reports_no_failure()
    {
        var report = await Projector(store).ProjectAsync([Change.Insert(1, Command(1)), Change.Insert(2, Command(2))], Token);

        Assert.Equal([ChangeOutcome.Applied, ChangeOutcome.Applied], report.Outcomes);
        Assert.Empty(report.Failed);
        Assert.Equal(2, store.Visible.Count);
    }

    [Fact]
    public async Task A_batch_that_was_applied_before_is_stale_and_changes_nothing()
    {
        StreamChange[] batch = [Change.Insert(1, Command(1)), Change.Modify(2, Command(1), Command(1).With(AttributeNames.Status, "SENT"))];
        await Projector(store).ProjectAsync(batch, Token);

        var again = await Projector(store).ProjectAsync(batch, Token);
        var prefix = await Projector(store).ProjectAsync(batch[..1], Token);

        Assert.Equal([ChangeOutcome.Stale, ChangeOutcome.Stale], again.Outcomes);
        Assert.Equal([ChangeOutcome.Stale], prefix.Outcomes);
        Assert.Equal(NotificationStatus.Sent, Assert.Single(store.Visible).Status);
    }

    [Fact]
    public async Task Writes_that_the_engine_did_not_take_are_named_lowest_first()
    {
        var projector = Projector(
            new ScriptedStore(
                (write, _) => Task.FromResult(write.Key.SortKey.EndsWith('2') || write.Key.SortKey.EndsWith('4') ? Unavailable : Applied)
            )
        );

        var report = await projector.ProjectAsync([.. Enumerable.Range(1, 5).Select(i => Change.Insert(i, Command(i)))], Token);

        Assert.Equal(
            [ChangeOutcome.Applied, ChangeOutcome.Failed, ChangeOutcome.Applied, ChangeOutcome.Failed, ChangeOutcome.Applied],
            report.Outcomes
        );
        Assert.Equal([Change.SequenceNumber(2), Change.SequenceNumber(4)], report.Failed);
        Assert.Equal(2, report.Count(ChangeOutcome.Failed));
    }

    [Fact]
    public async Task Every_change_that_a_failed_write_stands_for_is_named()
    {
        var sent = Command(1).With(AttributeNames.Status, "SENT");
        var projector = Projector(
            new ScriptedStore((write, _) => Task.FromResult(write.Key.SortKey.EndsWith('1') ? Unavailable : Applied))
        );

        var report = await projector.ProjectAsync(
            [Change.Insert(1, Command(1)), Change.Insert(2, Command(2)), Change.Modify(3, Command(1), sent)],
            Token
        );

        Assert.Equal([Change.SequenceNumber(1), Change.SequenceNumber(3)], report.Failed);
    }

    [Fact]
    public async Task A_move_is_applied_only_when_both_its_places_are()
    {
        var moved = Command(1).With(AttributeNames.UserId, "bob");
        var projector = Projector(
            new ScriptedStore((write, _) => Task.FromResult(write is ProjectionWrite.Tombstone ? Unavailable : Applied))
        );

        var report = await projector.ProjectAsync([Change.Modify(1, Command(1), moved)], Token);

        Assert.Equal([Change.SequenceNumber(1)], report.Failed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task As_many_writes_as_allowed_are_under_way_at_once_and_no_more(int concurrency)
    {
        var probe = new ConcurrencyProbe(concurrency);
        var projector = Projector(
            new ScriptedStore(
                async (_, token) =>
                {
                    await probe.PassAsync(token);
                    return Applied;
                }
            ),
            concurrency
        );

        var report = await projector.ProjectAsync([.. Enumerable.Range(1, 60).Select(i => Change.Insert(i, Command(i)))], Token);

        Assert.Equal(60, report.Count(ChangeOutcome.Applied));
        Assert.Equal(concurrency, probe.Most);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task As_many_dead_letters_as_allowed_are_under_way_at_once_and_no_more(int concurrency)
    {
        var probe = new ConcurrencyProbe(concurrency);
        var letters = new ScriptedDeadLetters(
            async (_, token) =>
            {
                await probe.PassAsync(token);
                return Applied;
            }
        );
        var projector = new BatchProjector(store, letters, TimeProvider.System, concurrency);

        var report = await projector
            .ProjectAsync([.. Enumerable.Range(1, 60).Select(i => Change.Insert(i, Command(i).Without(AttributeNames.UserId)))], Token)
            .WaitAsync(TimeSpan.FromSeconds(30), Token);

        Assert.Equal(60, report.Count(ChangeOutcome.DeadLetter));
        Assert.Equal(concurrency, probe.Most);
    }

    private BatchProjector Projector(IProjectionStore projectionStore, int concurrency = 4) =>
        BatchParts.Projector(projectionStore, deadLetters, concurrency);
}
