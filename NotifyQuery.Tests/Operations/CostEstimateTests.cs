using NotifyQuery.Core.Queries;
using NotifyQuery.Operations.Cost;

namespace NotifyQuery.Tests.Operations;

public sealed class CostEstimateTests
{
    [Fact]
    public void Units_are_those_that_an_engine_counts()
    {
        var options = new CostOptions();

        Assert.Equal(5, CostEstimate.WriteUnits(options with { Inserts = 1 }));
        Assert.Equal(6, CostEstimate.WriteUnits(options with { Inserts = 0 }));
        // a unit for each KB begun, in the table and in each index
        Assert.Equal(9, CostEstimate.WriteUnits(options with { Inserts = 1, ItemBytes = 1100 }));
        Assert.Equal([2, 0.5, 8, 8], Enum.GetValues<QueryKind>().Select(kind => CostEstimate.ReadUnits(kind, options)));
        Assert.Equal(
            CostEstimate.ReadUnits(QueryKind.User, options),
            CostEstimate.ReadUnits(QueryKind.Campaign, options with { Keys = 1 })
        );
    }

    [Fact]
    public void A_price_counts_for_what_it_is_of_and_for_nothing_else()
    {
        var free = new CostOptions
        {
            WritePrice = 0,
            ReadPrice = 0,
            RequestPrice = 0,
            InvocationPrice = 0,
            GBSecondPrice = 0,
            AlarmPrice = 0,
            DashboardPrice = 0,
            HandlerPrice = 0,
        };

        Assert.Equal((0, 0, 0), Sums(free));
        Assert.Equal((5.67, 0, 0), Sums(free with { WritePrice = 1 }));
        Assert.Equal((0, 4.62, 0), Sums(free with { ReadPrice = 1 }));
        Assert.Equal((0, 3, 0), Sums(free with { RequestPrice = 3 }));
        Assert.Equal((0.01, 2, 0), Sums(free with { InvocationPrice = 1 }));
        Assert.Equal(
            (300, 20_000, 0),
            Sums(free with { GBSecondPrice = 1, BatchMilliseconds = 60, QueryMilliseconds = 25, QueryResultMilliseconds = 15 })
        );
        Assert.Equal((0, 0, 13), Sums(free with { AlarmPrice = 730 }));
        Assert.Equal((0, 0, 2), Sums(free with { HandlerPrice = 2 }));

        static (double, double, double) Sums(CostOptions options)
        {
            var estimate = CostEstimate.Of(options);
            return (Sum(estimate.Commands), Sum(estimate.Queries), Sum(estimate.IdleHour));
        }

        static double Sum(IEnumerable<CostLine> lines) => Math.Round(lines.Sum(line => line.Usd), 2);
    }

    [Fact]
    public void Twice_as_much_costs_twice_as_much_and_an_idle_hour_the_same()
    {
        var once = CostEstimate.Of(new());
        var twice = CostEstimate.Of(new() { Commands = 2_000_000, Queries = 2_000_000 });

        Assert.Equal(once.Commands.Sum(line => line.Usd) * 2, twice.Commands.Sum(line => line.Usd), tolerance: 0.001);
        Assert.Equal(once.Queries.Sum(line => line.Usd) * 2, twice.Queries.Sum(line => line.Usd), tolerance: 0.001);
        Assert.Equal(once.IdleHour, twice.IdleHour);
        Assert.Equal(once.EachQuery, twice.EachQuery);
    }

    [Fact]
    public async Task The_alarms_that_are_paid_for_are_those_of_the_stack()
    {
        var template = await Deploy.Repository.ReadAsync("deploy/stack.template.yaml");

        Assert.Equal(CostEstimate.Alarms, template.Split("Type: AWS::CloudWatch::Alarm").Length - 1);
    }
}
