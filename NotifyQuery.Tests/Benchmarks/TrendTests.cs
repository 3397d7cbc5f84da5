using NotifyQuery.Benchmarks.Report;

namespace NotifyQuery.Tests.Benchmarks;

public sealed class TrendTests
{
    private const int Samples = 360;

    [Fact]
    public void A_straight_line_has_its_rise_and_no_noise()
    {
        var trend = Trend.Of([10, 12, 14, 16]);

        Assert.Equal((10, 16, 6), (trend.First, trend.Last, trend.Rise));
        Assert.Equal(0, trend.Noise, tolerance: 1e-9);
    }

    [Fact]
    public void What_never_changes_has_neither_rise_nor_noise() => Assert.Equal(new Trend(7, 7, 0), Trend.Of([7, 7, 7]));

    [Fact]
    public void Noise_alone_rises_by_no_more_than_it_may_in_nearly_every_run()
    {
        var random = new Random(1);

        var within = Enumerable
            .Range(0, 200)
            .Count(_ => Trend.Of(Line(0, _ => random.NextDouble() * 10)) is var trend && Math.Abs(trend.Rise) <= trend.Noise);

        Assert.InRange(within, 180, 200);
    }

    [Fact]
    public void The_teeth_of_a_garbage_collectors_saw_are_noise_wherever_the_samples_begin_in_them()
    {
        for (var from = 0; from < 60; from++)
        {
            var trend = Trend.Of(Line(0, x => (x + from) % 60));
            Assert.True(Math.Abs(trend.Rise) <= trend.Noise, $"from {from}: {trend}");
        }
    }

    [Fact]
    public void A_leak_below_a_saw_is_more_than_noise()
    {
        var trend = Trend.Of(Line(perSample: 0.1, x => x % 20)); // 36 in all, under teeth of 20

        Assert.InRange(trend.Rise, 30, 42);
        Assert.True(trend.Rise > trend.Noise, $"{trend}");
    }

    [Fact]
    public void Two_samples_are_no_trend() => Assert.Throws<ArgumentOutOfRangeException>(() => Trend.Of([1, 2]));

    private static List<double> Line(double perSample, Func<int, double> noise) =>
        [.. Enumerable.Range(0, Samples).Select(x => 100 + (perSample * x) + noise(x))];
}
