using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

/// <summary>The checkpoint of a shard whose lanes are ahead of one another.</summary>
public sealed class ShardProgressTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void The_oldest_record_that_is_not_done_gives_the_lag_of_a_shard()
    {
        var progress = new ShardProgress(2, ShardCheckpoint.Start);
        Assert.Equal((null, 0), (progress.OldestOutstanding, progress.Outstanding));

        for (var i = 1; i <= 3; i++)
            Assert.True(progress.TryHandOut(Records.Of(i, createdAt: Now.AddSeconds(i)), i % 2));
        Assert.Equal((Now.AddSeconds(1), 3), (progress.OldestOutstanding, progress.Outstanding));
        progress.Finish(0, Records.Of(2).SequenceNumber); // ahead of the slow lane: nothing moves
        Assert.Equal((Now.AddSeconds(1), 3), (progress.OldestOutstanding, progress.Outstanding));
        progress.Finish(1, Records.Of(1).SequenceNumber);
        Assert.Equal((Now.AddSeconds(3), 1), (progress.OldestOutstanding, progress.Outstanding));
        progress.Finish(1, Records.Of(3).SequenceNumber);
        Assert.Equal((null, 0), (progress.OldestOutstanding, progress.Outstanding));
    }

    [Fact]
    public void A_checkpoint_names_the_lanes_only_while_one_is_ahead_and_each_step_has_a_number()
    {
        var progress = new ShardProgress(2, ShardCheckpoint.Start);
        for (var i = 1; i <= 3; i++)
            progress.TryHandOut(Records.Of(i), i % 2);
        Assert.Equal((null, 0), (progress.Read(out var start).SequenceNumber, start));

        progress.Finish(0, Records.Of(2).SequenceNumber);
        var ahead = progress.Read(out var first);
        Assert.Equal((null, 1), (ahead.SequenceNumber, first));
        Assert.Equal([Records.Of(2).SequenceNumber, null], ahead.Lanes);

        progress.Finish(1, Records.Of(3).SequenceNumber);
        var even = progress.Read(out var second);
        Assert.Equal((Records.Of(3).SequenceNumber, 2), (even.SequenceNumber, second));
        Assert.Empty(even.Lanes);
        Assert.False(even.Completed);
    }

    [Fact]
    public void A_record_that_its_lane_did_before_a_restart_is_done_as_soon_as_it_is_read_again()
    {
        var progress = new ShardProgress(2, new(Records.Of(3).SequenceNumber, [Records.Of(6).SequenceNumber, null]));

        Assert.False(progress.TryHandOut(Records.Of(4), 0));
        Assert.Equal((Records.Of(4).SequenceNumber, 0), (progress.Checkpoint.SequenceNumber, progress.Outstanding));
        Assert.Null(progress.OldestOutstanding);
        Assert.True(progress.TryHandOut(Records.Of(5), 1));
        Assert.False(progress.TryHandOut(Records.Of(6), 0));
        Assert.Equal((Records.Of(4).SequenceNumber, 2), (progress.Checkpoint.SequenceNumber, progress.Outstanding));
    }

    [Fact]
    public void Each_record_that_needs_no_lane_is_a_step_with_a_number_too()
    {
        var progress = new ShardProgress(1, ShardCheckpoint.Start);
        Assert.True(progress.TryHandOut(Records.Of(1), 0));
        progress.Finish(0, Records.Of(1).SequenceNumber);

        foreach (var number in (int[])[2, 3])
        {
            progress.Skip(Records.Of(number));

            var checkpoint = progress.Read(out var version);
            Assert.Equal((Records.Of(number).SequenceNumber, number), (checkpoint.SequenceNumber, version));
        }
    }

    [Fact]
    public void A_record_behind_the_checkpoint_is_not_handed_out_nor_waited_for()
    {
        var progress = new ShardProgress(1, new(Records.Of(5).SequenceNumber, []));

        Assert.False(progress.TryHandOut(Records.Of(5), 0));
        Assert.Equal(0, progress.Outstanding);
        Assert.True(progress.TryHandOut(Records.Of(6), 0));
        Assert.Equal(Records.Of(5).SequenceNumber, progress.Checkpoint.SequenceNumber);
    }
}
