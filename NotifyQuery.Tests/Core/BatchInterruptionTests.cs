using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Core.BatchParts;

namespace NotifyQuery.Tests.Core;

/// <summary>A batch that ends early, at its deadline or with an exception.</summary>
public sealed class BatchInterruptionTests
{
    private readonly InMemoryProjectionStore store = new();
    private readonly InMemoryDeadLetters deadLetters = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task At_the_deadline_the_rest_is_reported_and_not_started()
    {
        using var deadline = new CancellationTokenSource();
        var started = 0;
        var projector = Projector(
            new ScriptedStore(
                async (_, _) =>
                {
                    if (++started == 3)
                        await deadline.CancelAsync();
                    return Applied;
                }
            ),
            concurrency: 1
        );

        var report = await projector.ProjectAsync(
            [
                .. Enumerable.Range(1, 5).Select(i => Change.Insert(i, Command(i))),
                Change.Insert(6, Command(6).Without(AttributeNames.UserId)),
            ],
            deadline.Token
        );

        Assert.Equal(3, started);
        Assert.Equal([Change.SequenceNumber(4), Change.SequenceNumber(5), Change.SequenceNumber(6)], report.Failed);
        Assert.Empty(deadLetters.Letters);
    }

    [Fact]
    public async Task A_write_that_the_deadline_interrupts_is_reported()
    {
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var interruptedStore = Projector(new ScriptedStore((_, token) => InterruptAsync(first, token)));
        var interruptedLetters = new BatchProjector(
            store,
            new ScriptedDeadLetters((_, token) => InterruptAsync(second, token)),
            TimeProvider.System,
            4
        );

        var write = await interruptedStore.ProjectAsync([Change.Insert(1, Command(1))], first.Token);
        var letter = await interruptedLetters.ProjectAsync([Change.Insert(2, Command(2).Without(AttributeNames.UserId))], second.Token);

        Assert.Equal([Change.SequenceNumber(1)], write.Failed);
        Assert.Equal([Change.SequenceNumber(2)], letter.Failed);

        static async Task<WriteResult> InterruptAsync(CancellationTokenSource deadline, CancellationToken token)
        {
            await deadline.CancelAsync();
            token.ThrowIfCancellationRequested();
            return Applied;
        }
    }

    [Fact]
    public async Task An_exception_that_is_no_outcome_is_not_swallowed()
    {
        var faultyStore = Projector(new ScriptedStore((_, _) => throw new InvalidOperationException("a bug")));
        var faultyLetters = new BatchProjector(
            store,
            new ScriptedDeadLetters((_, _) => throw new InvalidOperationException("another")),
            TimeProvider.System,
            4
        );
        var confused = Projector(new ScriptedStore((_, _) => throw new OperationCanceledException("nobody asked for that")));

        var fromStore = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            faultyStore.ProjectAsync([Change.Insert(1, Command(1))], Token)
        );
        var fromLetters = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            faultyLetters.ProjectAsync([Change.Insert(1, Command(1).Without(AttributeNames.UserId))], Token)
        );
        await Assert.ThrowsAsync<OperationCanceledException>(() => confused.ProjectAsync([Change.Insert(1, Command(1))], Token));

        Assert.Equal("a bug", fromStore.Message);
        Assert.Equal("another", fromLetters.Message);
    }

    [Fact]
    public async Task Nothing_is_left_under_way_when_an_exception_is_thrown()
    {
        var underWay = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var projector = Projector(
            new ScriptedStore(
                async (write, _) =>
                {
                    if (write.Key.SortKey.EndsWith('1'))
                    {
                        underWay.SetResult();
                        await release.Task;
                        return Applied;
                    }

                    await underWay.Task;
                    throw new InvalidOperationException("a bug");
                }
            ),
            concurrency: 2
        );

        var projecting = projector.ProjectAsync([Change.Insert(1, Command(1)), Change.Insert(2, Command(2))], Token);
        await underWay.Task.WaitAsync(Token);

        Assert.False(projecting.IsCompleted);
        release.SetResult();
        await Assert.ThrowsAsync<InvalidOperationException>(() => projecting);
    }

    private BatchProjector Projector(IProjectionStore projectionStore, int concurrency = 4) =>
        BatchParts.Projector(projectionStore, deadLetters, concurrency);
}
