using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.Operations.Api;

namespace NotifyQuery.Tests.Operations;

public sealed class LatencyTests
{
    [Fact]
    public void Of_a_hundred_requests_the_percentiles_are_the_requests_of_that_rank()
    {
        var latency = ApiCheck.Summarize("gateway", [.. Enumerable.Range(1, 100).Select(i => (double)i)]);

        Assert.Equal((50, 90, 99, 100), (latency.P50, latency.P90, latency.P99, latency.Max));
    }

    [Fact]
    public void Every_request_stands_in_one_bar() =>
        Prop.ForAll(
                ArbMap.Default.GeneratorFor<PositiveInt>().Select(number => number.Get / 7.0).NonEmptyListOf().ToArbitrary(),
                times => ApiCheck.Summarize("handler", [.. times]).Histogram.Sum(bar => bar.Requests) == times.Count
            )
            .QuickCheckThrowOnFailure();
}
