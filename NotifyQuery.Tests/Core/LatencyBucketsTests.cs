using NotifyQuery.Core;

namespace NotifyQuery.Tests.Core;

public sealed class LatencyBucketsTests
{
    [Fact]
    public void A_percentile_of_a_duration_is_at_most_one_22nd_too_high()
    {
        for (var milliseconds = 0.11; milliseconds < 100_000; milliseconds *= 1.013)
        {
            var told = LatencyBuckets.LongestMillisecondsOf(LatencyBuckets.IndexOf(milliseconds / 1000));

            Assert.InRange(told, milliseconds * 0.999999, milliseconds * 1.045);
        }
    }

    [Theory]
    [InlineData(double.NaN, 0)]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(1e-9, 0)]
    [InlineData(1e9, LatencyBuckets.Count - 1)]
    [InlineData(double.PositiveInfinity, LatencyBuckets.Count - 1)]
    public void Whatever_was_measured_has_a_bucket(double seconds, int bucket) => Assert.Equal(bucket, LatencyBuckets.IndexOf(seconds));

    [Fact]
    public void A_percentile_is_the_smallest_duration_that_so_many_do_not_exceed()
    {
        var buckets = new Dictionary<int, long>
        {
            [200] = 1,
            [100] = 98,
            [150] = 1,
        };

        Assert.Equal(
            [
                LatencyBuckets.LongestMillisecondsOf(100),
                LatencyBuckets.LongestMillisecondsOf(150),
                LatencyBuckets.LongestMillisecondsOf(200),
            ],
            new double[] { 0.98, 0.99, 1 }.Select(share => LatencyBuckets.Percentile(buckets, share)!.Value)
        );
        Assert.Null(LatencyBuckets.Percentile(new Dictionary<int, long>(), 0.5));
    }
}
