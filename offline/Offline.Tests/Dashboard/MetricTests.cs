using Aspire.Dashboard.Flow;
using Aspire.Dashboard.Otlp;
using Aspire.Dashboard.Store;

namespace Offline.Tests.Dashboard;

public sealed class MetricTests
{
    private const ulong Second = 1_000_000_000;
    private const ulong T0 = 1_700_000_000 * Second;

    private readonly TelemetryStore _store = new(new Limits());
    private readonly OtlpDecoder _decoder;

    public MetricTests() => _decoder = new(_store);

    [Fact]
    public void A_percentile_lies_within_its_bucket_in_proportion()
    {
        var buckets = new Buckets([10, 20, 30], [10, 10, 0, 0]);

        Assert.Equal(10, buckets.Percentile(0.5));
        Assert.Equal(15, buckets.Percentile(0.75));
        Assert.Equal(20, buckets.Highest);
        Assert.Null(new Buckets([10], [0, 0]).Percentile(0.5));
    }

    [Fact]
    public void The_greatest_value_that_was_sent_ends_the_open_bucket()
    {
        Assert.Equal(70, new Buckets([10, 20], [0, 0, 4], min: 50, max: 70).Percentile(1));
        Assert.Equal(20, new Buckets([10, 20], [0, 0, 4]).Percentile(0.99));
    }

    [Fact]
    public void A_cumulative_counter_that_restarts_loses_nothing_and_never_runs_backwards()
    {
        Accept(Sum("c", T0, T0 + 1 * Second, 10));
        Accept(Sum("c", T0, T0 + 2 * Second, 14));
        Accept(Sum("c", T0 + 2 * Second, T0 + 3 * Second, 3));
        Accept(Sum("c", T0 + 2 * Second, T0 + 3 * Second, 3));

        var steps = Steps("c");

        Assert.Equal([10d, 4, 3], steps.Select(step => step.Value));
        Assert.Equal(17, steps[^1].Total);
    }

    [Fact]
    public void A_delta_counter_adds_up()
    {
        Accept(Sum("c", T0, T0 + 1 * Second, 10, delta: true));
        Accept(Sum("c", T0 + 1 * Second, T0 + 2 * Second, 4, delta: true));

        Assert.Equal([10d, 14], Steps("c").Select(step => step.Total));
    }

    [Fact]
    public void A_rate_is_the_same_however_the_exports_fall_into_the_steps()
    {
        // 100 each second, reported each 0.9 s.
        for (var i = 0; i <= 40; i++)
            Accept(Sum("c", T0, T0 + (ulong)(i * 0.9 * Second) + 1, i * 90));
        var grid = TimeGrid.Ending(T0 / 1e6 + 35_000, 0.5);

        var rates = grid.Rates(Steps("c"));

        Assert.Equal(30, rates.Length);
        Assert.All(rates, rate => Assert.Equal(100, rate!.Value, 0.01));
    }

    [Fact]
    public void The_percentiles_of_a_cumulative_histogram_are_those_of_each_moment()
    {
        Accept(Histogram("h", T0, T0 + 1 * Second, [100, 0, 0], [1, 10]));
        Accept(Histogram("h", T0, T0 + 2 * Second, [100, 0, 0], [1, 10]));
        Accept(Histogram("h", T0, T0 + 3 * Second, [100, 50, 0], [1, 10]));
        var grid = new TimeGrid(T0 / 1e6, 1_000, 3);

        var distributions = grid.Distributions(Steps("h"));

        Assert.InRange(distributions[0]!.Percentile(0.99)!.Value, 0, 1);
        Assert.Null(distributions[1]);
        Assert.Equal(5.5, distributions[2]!.Percentile(0.5));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(8)]
    public void An_exponential_histogram_gives_the_percentiles_of_its_values(int scale)
    {
        var values = Enumerable.Range(1, 1_000).Select(i => i / 10d).ToList();
        var width = Math.Pow(2, Math.Pow(2, -scale));
        int Index(double value) => (int)Math.Ceiling(Math.Log(value, width)) - 1;
        var offset = values.Min(Index);
        var counts = new ulong[values.Max(Index) - offset + 1];
        foreach (var value in values)
            counts[Index(value) - offset]++;
        Accept(Exponential("e", T0, T0 + Second, scale, offset, counts));

        var buckets = Assert.Single(Steps("e")).Buckets!;

        // As wide as a bucket may be: the scale's own width, or that of the finest scale that is kept.
        var tolerance = Math.Pow(2, Math.Pow(2, -Math.Min(scale, 3)));
        Assert.Equal(1_000, buckets.Count);
        Assert.InRange(buckets.Percentile(0.5)!.Value, 50 / tolerance, 50 * tolerance);
        Assert.InRange(buckets.Percentile(0.99)!.Value, 99 / tolerance, 99 * tolerance);
    }

    [Fact]
    public void An_exponential_histogram_may_get_coarser_on_its_way()
    {
        // The same 6 values at scale 1, then at scale 0, where 2 of them have become 8.
        Accept(Exponential("e", T0, T0 + 1 * Second, 1, 0, [1, 1, 2, 2]));
        Accept(Exponential("e", T0, T0 + 2 * Second, 0, 0, [2, 4, 2]));

        var change = Steps("e")[^1].Buckets!;

        Assert.Equal(2, change.Count);
        Assert.InRange(change.Percentile(0.5)!.Value, 4, 8);
    }

    [Fact]
    public void Series_and_points_are_bounded_and_what_is_not_taken_is_counted()
    {
        var store = new TelemetryStore(new Limits { SeriesPerInstrument = 2, PointsPerSeries = 3 });
        var decoder = new OtlpDecoder(store);
        for (ulong i = 1; i <= 5; i++)
        {
            foreach (var label in new[] { "a", "b", "c" })
                decoder.Accept(Signal.Metrics, OtlpWriter.Export("shop", "m", Sum("c", T0, T0 + i * Second, i, label: label)));
        }

        var instrument = Assert.Single(store.Metrics.Select(one => one));

        Assert.Equal(2, instrument.Series.Count);
        Assert.Equal(5, instrument.Dropped);
        Assert.All(instrument.Series.Values, series => Assert.Equal([3d, 4, 5], series.Steps.Select(step => step.Total)));
    }

    [Fact]
    public void A_counter_that_appears_later_than_its_sender_counts_from_then()
    {
        Accept(Sum("other", T0, T0 + 100 * Second, 1));
        Accept(Sum("late", T0, T0 + 101 * Second, 5));

        Assert.Equal(T0 / 1e6 + 100_000, Assert.Single(Steps("late")).SinceMs);
    }

    [Fact]
    public void A_gauge_of_the_flow_sees_the_last_ten_seconds_only()
    {
        Accept(Histogram("lag", T0, T0 + 1 * Second, [0, 0, 100], [1, 10], max: 50));
        for (ulong i = 2; i <= 30; i++)
            Accept(Histogram("lag", T0, T0 + i * Second, [i, 0, 100], [1, 10], max: 50));
        var gauge = new FlowGauge(0, new("lag", null, []), "p99", null, null);

        Assert.InRange(new MetricFlow(_store.Metrics).Value(gauge, T0 / 1e6 + 30_000)!.Value, 0, 1);
        Assert.InRange(new MetricFlow(_store.Metrics).Value(gauge, T0 / 1e6 + 5_000)!.Value, 10, 50);
        Assert.Null(new MetricFlow(_store.Metrics).Value(gauge, T0 / 1e6 + 90_000));
    }

    internal static byte[] Sum(string name, ulong start, ulong time, double value, bool delta = false, string label = "") => OtlpWriter.Message(metric => metric
        .Text(1, name).Bytes(7, OtlpWriter.Message(sum => sum
            .Bytes(1, OtlpWriter.Message(point => point.Fixed64(2, start).Fixed64(3, time).Double(4, value).Attribute(7, "label", label)))
            .Number(2, delta ? 1u : 2u).Number(3, 1))));

    internal static byte[] Histogram(string name, ulong start, ulong time, ulong[] counts, double[] bounds, double? max = null) => OtlpWriter.Message(metric => metric
        .Text(1, name).Text(3, "s").Bytes(9, OtlpWriter.Message(histogram => histogram
            .Bytes(1, OtlpWriter.Message(point =>
            {
                point.Fixed64(2, start).Fixed64(3, time).Fixed64(4, (ulong)counts.Sum(count => (long)count)).PackedFixed64(6, counts).PackedDouble(7, bounds);
                if (max is { } greatest)
                    point.Double(12, greatest);
            }))
            .Number(2, 2))));

    internal static byte[] Exponential(string name, ulong start, ulong time, int scale, int offset, ulong[] counts) => OtlpWriter.Message(metric => metric
        .Text(1, name).Bytes(10, OtlpWriter.Message(histogram => histogram
            .Bytes(1, OtlpWriter.Message(point => point.Fixed64(2, start).Fixed64(3, time).Signed(6, scale)
                .Bytes(8, OtlpWriter.Message(positive => positive.Signed(1, offset).PackedNumber(2, counts)))))
            .Number(2, 2))));

    private void Accept(byte[] metric) => Assert.Empty(_decoder.Accept(Signal.Metrics, OtlpWriter.Export("shop", "m", metric)));

    private Step[] Steps(string name) => _store.Metrics.Select(one => one.Key.Name == name ? one.Series.Values.Single().Steps.ToArray() : null).Single();
}
