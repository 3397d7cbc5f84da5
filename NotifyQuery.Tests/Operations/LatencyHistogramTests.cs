using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.Operations.Measuring;

namespace NotifyQuery.Tests.Operations;

/// <summary>The percentiles of many times that are counted in buckets instead of being kept.</summary>
public sealed class LatencyHistogramTests
{
    [Fact]
    public void A_percentile_is_at_most_a_64th_too_high() =>
        Prop.ForAll(
                ArbMap.Default.GeneratorFor<PositiveInt>().Select(number => number.Get * 37L).NonEmptyListOf().ToArbitrary(),
                ArbMap.Default.GeneratorFor<int>().Select(number => Math.Abs(number % 101) / 100.0).ToArbitrary(),
                (times, share) =>
                {
                    var histogram = new LatencyHistogram();
                    foreach (var microseconds in times)
                        histogram.Add(TimeSpan.FromMicroseconds(microseconds));
                    var (exact, told) = (Percentile.Of(times.Select(it => it / 1000.0), share), histogram.Percentile(share)!.Value);
                    return histogram.Count == times.Count && told >= exact && told <= (exact * (1 + (1.0 / 64))) + 0.001;
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Of_nothing_there_is_no_percentile_and_a_time_beyond_all_measure_is_counted()
    {
        var histogram = new LatencyHistogram();
        Assert.Null(histogram.Percentile(0.99));

        histogram.Add(TimeSpan.MaxValue);
        histogram.Add(TimeSpan.FromSeconds(-1));
        Assert.Equal(2, histogram.Count);
    }
}
