using NotifyQuery.Benchmarks.Report;

namespace NotifyQuery.Tests.Benchmarks;

public sealed class ScenarioResultTests
{
    private static readonly ScenarioResult Result = new()
    {
        Name = "p50",
        Unit = "ms",
        Candidate = new("gateway", [2, 40, 6]),
        Baseline = new("direct", [1, 10, 2]),
    };

    [Fact]
    public void With_a_sample_of_each_round_the_ratio_is_the_median_of_the_rounds_ratios()
    {
        Assert.Equal(3, Result.Ratio); // 2, 4, 3; of the medians it would be 6 / 2
        Assert.Equal(4, Result.Difference); // 1, 30, 4
        Assert.Equal(2.5, (Result with { Candidate = new("gateway", [5, 4]), Baseline = new("direct", [2, 1, 3]) }).Ratio * 1.25); // 4 / 2
    }

    [Fact]
    public void A_figure_without_a_baseline_or_beside_nothing_at_all_has_no_ratio()
    {
        Assert.Null((Result with { Baseline = null }).Ratio);
        Assert.Null((Result with { Baseline = new("at rest", [1, 0, 2]) }).Ratio);
    }

    [Theory]
    [InlineData(Measure.Ratio, Side.AtMost, 3, Verdict.Met)]
    [InlineData(Measure.Ratio, Side.AtMost, 2.99, Verdict.Missed)]
    [InlineData(Measure.Ratio, Side.AtLeast, 3, Verdict.Met)]
    [InlineData(Measure.Ratio, Side.AtLeast, 3.01, Verdict.Missed)]
    [InlineData(Measure.Difference, Side.AtMost, 4, Verdict.Met)]
    [InlineData(Measure.Difference, Side.AtMost, 3, Verdict.Missed)]
    [InlineData(Measure.Value, Side.AtMost, 6, Verdict.Met)]
    [InlineData(Measure.Value, Side.AtMost, 5, Verdict.Missed)]
    public void A_target_is_met_on_its_side_of_the_bound(Measure of, Side side, double bound, Verdict expected) =>
        Assert.Equal(expected, (Result with { Target = new(of, side, bound) }).Verdict);

    [Fact]
    public void A_figure_without_a_target_has_no_verdict() => Assert.Equal(Verdict.None, Result.Verdict);

    [Fact]
    public void A_target_for_a_ratio_needs_a_baseline() =>
        Assert.Throws<InvalidOperationException>(() => (Result with { Baseline = null, Target = Target.RatioAtMost(8) }).Verdict);
}
