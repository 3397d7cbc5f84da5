using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.Operations.Measuring;

namespace NotifyQuery.Tests.Benchmarks;

public sealed class PercentileTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 50)]
    [InlineData(0.99, 99)]
    [InlineData(0.991, 100)]
    [InlineData(1, 100)]
    public void Of_a_hundred_samples_it_is_the_one_of_that_rank(double share, double expected) =>
        Assert.Equal(expected, Percentile.Of(Enumerable.Range(1, 100).Select(i => (double)i).Reverse(), share));

    [Fact]
    public void It_is_always_one_of_the_samples_and_so_large_a_share_does_not_exceed_it() =>
        Prop.ForAll(
                ArbMap.Default.GeneratorFor<PositiveInt>().Select(number => number.Get / 7.0).NonEmptyListOf().ToArbitrary(),
                Gen.Choose(0, 100).Select(percent => percent / 100.0).ToArbitrary(),
                (samples, share) =>
                {
                    var percentile = Percentile.Of(samples, share);
                    return samples.Contains(percentile) && samples.Count(sample => sample <= percentile) >= share * samples.Count;
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Of_no_samples_there_is_none() => Assert.Throws<ArgumentException>(() => Percentile.Of([], 0.5));
}
