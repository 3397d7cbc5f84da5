using NotifyQuery.Benchmarks.Admission;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.Benchmarks;

/// <summary>
/// A campaign with the model of DynamoDB's admission control, with the real projection and keys, at a hundredth of the size.
/// </summary>
public sealed class AdmissionModelTests
{
    /// <summary>
    /// A partition admits 10 units a second here, instead of 1,000; the campaign comes with 100 commands a second, instead of 10,000.
    /// </summary>
    private static readonly AdmissionOptions Small = new()
    {
        Notifications = 2_000,
        CommandsPerSecond = 100,
        OrdinaryPerSecond = 5,
        QueriesPerSecond = 1,
        WarmUnits = 400,
        Lanes = 4,
        Limits = new(WriteUnits: 10, ReadUnits: 30, BurstSeconds: 20, HeatSeconds: 10),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void One_key_for_all_holds_the_table_back_and_the_projection_falls_behind()
    {
        var result = Play(1);

        Assert.True(result.Throttled > result.Applied / 10, $"{result}");
        Assert.True(result.CatchUp > result.Writing, $"{result}");
        Assert.True(result.IteratorAge > 60, $"{result}");
        Assert.Equal("spring-sale#00", result.HottestKey);
        Assert.True(result.HottestUnits > 5 * Small.Limits.WriteUnits, $"{result}");
    }

    [Fact]
    public void Spread_over_sixteen_keys_the_same_campaign_is_projected_as_it_comes()
    {
        var result = Play(16);

        Assert.True(result.HottestUnits < Small.Limits.WriteUnits, $"{result}");
        Assert.True(result.CatchUp < 5, $"{result}");
        Assert.True(result.IteratorAge < 5, $"{result}");
        Assert.False(result.GaveUp);
    }

    [Fact]
    public void Every_command_is_projected_whatever_is_throttled()
    {
        foreach (var keys in (int[])[1, 4])
        {
            var result = Play(keys);

            Assert.InRange(result.Commands, 3 * Small.Notifications, 3.2 * Small.Notifications);
            // of several changes in a batch only the last is written
            Assert.InRange(result.Applied, result.Commands * 0.9, result.Commands);
        }
    }

    [Fact]
    public void Records_that_wait_too_long_are_no_longer_delivered()
    {
        var result = AdmissionModel.Play(Small with { MaximumRecordAge = 30 }, KeySpread.Over(1), Token);

        Assert.True(result.GaveUp);
        Assert.True(result.Applied < result.Commands);
    }

    [Fact]
    public void A_partition_of_several_keys_is_split_by_heat_and_one_of_a_single_key_is_not()
    {
        var limits = new AdmissionLimits(WriteUnits: 10, BurstSeconds: 1, HeatSeconds: 5);
        Assert.Equal(1, PartitionsAfter(["spring-sale#00"]));
        Assert.InRange(PartitionsAfter(["spring-sale#00", "spring-sale#01", "spring-sale#02", "spring-sale#03"]), 2, 4);

        int PartitionsAfter(string[] keys)
        {
            var index = new PartitionedKeys(1, limits);
            for (var second = 0; second < 60; second++)
            {
                foreach (var place in keys.Select(PartitionedKeys.PlaceOf))
                    index.Of(place).Refuse(place, 40.0 / keys.Length);
                index.Advance(1);
            }

            return index.Count;
        }
    }

    [Fact]
    public void Units_that_are_not_used_are_kept_for_the_burst_and_no_longer()
    {
        var partition = new Partition(0, new(WriteUnits: 10, BurstSeconds: 3), writes: 0, reads: 0);

        partition.Advance(1);
        Assert.Equal(10, partition.Writes);
        for (var second = 0; second < 10; second++)
            partition.Advance(1);
        Assert.Equal(40, partition.Writes); // of three seconds, and of this one
        partition.Write(1, 25);
        partition.Advance(1);
        Assert.Equal(25, partition.Writes);
    }

    private static AdmissionResult Play(int keys) => AdmissionModel.Play(Small, KeySpread.Over(keys), Token);
}
