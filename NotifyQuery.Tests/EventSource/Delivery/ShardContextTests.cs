using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Leasing;
using NotifyQuery.EventSource.Rules;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>How the checkpoint of a shard is stored: once for each step, and only by the owner of the lease.</summary>
public sealed class ShardContextTests : IAsyncDisposable
{
    private const string Shard = "shard";
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    private readonly Simulation simulation = new(
        new() { BatchSize = 3, ParallelizationFactor = 2 },
        Stream(0),
        new FunctionOf(_ => FunctionOf.Success)
    );
    private readonly List<string?> saves = [];
    private Lease? lease;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private InMemoryCheckpoints Checkpoints => (InMemoryCheckpoints)simulation.Checkpoints;

    [Fact]
    public async Task A_checkpoint_that_has_not_moved_is_not_stored_again()
    {
        using var shard = await EnterAsync();
        await shard.SaveCheckpointAsync(Token);
        Assert.Empty(saves);

        Finish(shard, 1);
        await shard.SaveCheckpointAsync(Token);
        await shard.SaveCheckpointAsync(Token);
        Finish(shard, 2);
        await shard.SaveCheckpointAsync(Token);

        Assert.Equal([Number(1), Number(2)], saves);
    }

    [Fact]
    public async Task Lanes_that_finish_while_a_checkpoint_is_being_stored_share_the_next_write()
    {
        using var shard = await EnterAsync();
        var (storing, stored) = (new TaskCompletionSource(), new TaskCompletionSource());
        Checkpoints.BeforeSave = (checkpoint, _) =>
        {
            saves.Add(checkpoint.SequenceNumber);
            storing.TrySetResult();
            return stored.Task;
        };
        Finish(shard, 1);
        var first = shard.SaveCheckpointAsync(Token);
        await storing.Task.WaitAsync(TimeLimit, Token);

        Finish(shard, 2);
        var second = shard.SaveCheckpointAsync(Token);
        Finish(shard, 3);
        var third = shard.SaveCheckpointAsync(Token);
        Assert.False(second.IsCompleted);
        stored.SetResult();
        await Task.WhenAll(first, second, third).WaitAsync(TimeLimit, Token);

        Assert.Equal([Number(1), Number(3)], saves);
    }

    [Fact]
    public async Task A_checkpoint_that_could_not_be_stored_is_stored_by_the_next_lane()
    {
        using var shard = await EnterAsync();
        Finish(shard, 1);
        Checkpoints.BeforeSave = (_, _) => throw new InvalidOperationException("a fault of our own");
        await Assert.ThrowsAsync<InvalidOperationException>(() => shard.SaveCheckpointAsync(Token));

        Checkpoints.BeforeSave = null;
        await shard.SaveCheckpointAsync(Token).WaitAsync(TimeLimit, Token);

        Assert.Equal(Number(1), Checkpoints.Shards[(SimulatedStream.Arn, Shard)].SequenceNumber);
    }

    [Fact]
    public async Task A_checkpoint_is_tried_again_until_the_table_is_there_or_the_work_is_abandoned()
    {
        using var shard = await EnterAsync();
        var attempts = 0;
        Checkpoints.BeforeSave = (_, _) => ++attempts < 3 ? throw new IOException("away") : Task.CompletedTask;
        Finish(shard, 1);
        await shard.SaveCheckpointAsync(Token).WaitAsync(TimeLimit, Token);
        Assert.Equal(3, attempts);

        using var abandon = new CancellationTokenSource();
        Checkpoints.BeforeSave = (_, token) =>
        {
            Assert.Equal(abandon.Token, token);
            abandon.Cancel();
            throw new IOException("away");
        };
        Finish(shard, 2);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => shard.SaveCheckpointAsync(abandon.Token).WaitAsync(TimeLimit, Token));
        Assert.Equal(Number(1), Checkpoints.Shards[(SimulatedStream.Arn, Shard)].SequenceNumber);
    }

    [Fact]
    public async Task A_checkpoint_that_is_refused_proves_another_owner()
    {
        using var shard = await EnterAsync();
        await Checkpoints.SaveAsync(SimulatedStream.Arn, Shard, new(Number(9), []), Token);
        Finish(shard, 1);

        await Assert.ThrowsAsync<LeaseLostException>(() => shard.SaveCheckpointAsync(Token));

        Assert.True(lease!.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task The_end_of_a_shard_is_stored_with_its_position_also_if_that_has_not_moved()
    {
        using var shard = await EnterAsync(new(Number(5), []) { Generation = 7 });
        await Checkpoints.ResetAsync(new(SimulatedStream.Arn, Shard, 7), Token);

        await shard.SaveCompletedAsync(Token);

        var kept = Checkpoints.Shards[(SimulatedStream.Arn, Shard)];
        Assert.Equal((Number(5), true, 7L), (kept.SequenceNumber, kept.Completed, kept.Generation));
    }

    [Fact]
    public async Task A_reader_may_be_ahead_by_a_batch_of_each_lane_and_one_page()
    {
        using var shard = await EnterAsync();
        for (var number = 1; number < (2 * 3) + 1000; number++)
            shard.ReadAhead.Take(Records.Of(number));
        Assert.True(shard.ReadAhead.WaitForRoomAsync(Token).IsCompletedSuccessfully);

        shard.ReadAhead.Take(Records.Of(1006));

        Assert.False(shard.ReadAhead.WaitForRoomAsync(Token).IsCompleted);
    }

    [Fact]
    public async Task A_reader_may_be_ahead_by_the_payload_of_each_lane_and_the_bytes_of_one_page()
    {
        using var shard = await EnterAsync();
        var megabyte = new ChangeRecord("1", "e", "item", default, new byte[1024 * 1024]);
        for (var number = 1; number < (2 * 6) + 4; number++)
            shard.ReadAhead.Take(megabyte);
        Assert.True(shard.ReadAhead.WaitForRoomAsync(Token).IsCompletedSuccessfully);

        shard.ReadAhead.Take(megabyte);

        Assert.False(shard.ReadAhead.WaitForRoomAsync(Token).IsCompleted);
    }

    [Fact]
    public async Task A_shard_is_reported_while_it_is_delivered()
    {
        var shard = await EnterAsync();
        Assert.Equal(Shard, Assert.Single(simulation.Status.Report().Shards).ShardId);

        shard.Dispose();

        Assert.Empty(simulation.Status.Report().Shards);
    }

    public async ValueTask DisposeAsync()
    {
        if (lease is not null)
            await lease.DisposeAsync();
        simulation.Dispose();
    }

    private async Task<ShardContext> EnterAsync(ShardCheckpoint? start = null)
    {
        lease = await Lease.TryAcquireAsync(
            Checkpoints,
            "commands",
            "owner",
            TimeSpan.FromMinutes(5),
            TimeProvider.System,
            NullLogger.Instance,
            Token
        );
        Checkpoints.BeforeSave = (checkpoint, _) =>
        {
            saves.Add(checkpoint.SequenceNumber);
            return Task.CompletedTask;
        };
        return new(simulation.Delivery, lease!, SimulatedStream.Arn, Shard, start ?? ShardCheckpoint.Start);
    }

    private static void Finish(ShardContext shard, int number)
    {
        shard.Progress.TryHandOut(Records.Of(number), 0);
        shard.Progress.Finish(0, Number(number));
    }
}
