using NotifyQuery.EventSource.Leasing;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>A delivery whose lease is lost stops before its next batch.</summary>
public sealed class LostLeaseTests
{
    [Fact]
    public async Task An_owner_that_wakes_up_with_an_old_lease_invokes_nothing_more()
    {
        var time = FakeTime.New();
        var function = new FunctionOf(_ =>
        {
            time.AdjustTime(time.GetUtcNow() + TimeSpan.FromHours(1)); // wakes nobody: what a process sees that was suspended
            return FunctionOf.Success;
        });
        using var simulation = new Simulation(new() { BatchSize = 2 }, Stream(10), function);

        await Assert.ThrowsAsync<LeaseLostException>(() => simulation.DeliverAsync(TestContext.Current.CancellationToken, leaseTime: time));

        Assert.Single(function.Batches);
    }

    [Fact]
    public async Task An_owner_that_meets_a_checkpoint_ahead_of_its_own_stops_delivering()
    {
        var checkpoints = new InMemoryCheckpoints();
        var function = new FunctionOf(
            async (_, cancellation) =>
            {
                await checkpoints.SaveAsync(SimulatedStream.Arn, "shardId-0000", new(Number(9), []), cancellation);
                return FunctionOf.Success;
            }
        );
        using var simulation = new Simulation(new() { BatchSize = 2 }, Stream(10), function, checkpoints);

        await Assert.ThrowsAsync<LeaseLostException>(() => simulation.DeliverAsync(TestContext.Current.CancellationToken));

        Assert.Single(function.Batches);
        Assert.Equal(Number(9), checkpoints.Shards.Values.Single().SequenceNumber);
    }
}
