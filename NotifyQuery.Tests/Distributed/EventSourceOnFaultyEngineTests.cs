using NotifyQuery.Tests.EventSource;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Distributed;

/// <summary>The real event source and function against an engine that refuses, hangs and loses its answers.</summary>
public sealed class EventSourceOnFaultyEngineTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(null, 2)]
    public async Task While_every_third_write_is_refused_nothing_is_lost_and_the_lag_recovers_afterwards(int? retries, int seed)
    {
        await using var path = await FaultyWritePath.StartAsync(
            local,
            request => request.IsProjection && request.Number % 3 == 0 ? Fault.OverThroughput : Fault.None
        );
        var function = path.Function(retries);
        await using var source = await path.StartEventSourceAsync(function, ("BatchSize", "20"));
        var history = CommandHistory.Of(seed, 400);
        await path.WriteAsync(history);
        await Eventually.TrueAsync(() => path.Proxy.Count(Fault.OverThroughput) >= 25, "many writes were refused");

        path.Proxy.Rule = _ => Fault.None;
        await path.BecomesRightAsync(history);
        Assert.Empty(function.Thrown);
        await Eventually.TrueAsync(
            () => source.Status.Report() is { RecordsDone: var done, Shards: [{ Outstanding: 0 }] } && done == history.Writes.Count,
            "nothing is outstanding"
        );
    }

    [Fact]
    public async Task An_engine_that_hangs_now_and_then_costs_time_and_nothing_else()
    {
        await using var path = await FaultyWritePath.StartAsync(
            local,
            request => request.IsProjection && new Random(request.Number).Next(40) == 0 ? Fault.Hang : Fault.None
        );
        var function = path.Function(timeLimit: TimeSpan.FromSeconds(2), remaining: TimeSpan.FromMinutes(15));
        var history = CommandHistory.Of(seed: 6, 150);
        await path.WriteAsync(history);
        await using var source = await path.StartEventSourceAsync(function, ("BatchSize", "50"), ("FunctionTimeout", "2"));
        await path.BecomesRightAsync(history);
        Assert.Empty(function.Thrown);
        Assert.True(path.Proxy.Count(Fault.Hang) > 0);
    }

    [Theory]
    [InlineData(Fault.OverThroughput)]
    [InlineData(Fault.Throttled)]
    [InlineData(Fault.ServerError)]
    [InlineData(Fault.CutOff)]
    [InlineData(Fault.LoseAnswer)]
    internal async Task The_event_source_goes_on_whatever_becomes_of_its_reads_and_checkpoints(Fault fault)
    {
        // The lease, the stream's description, iterators, reads, checkpoints: all but the projection, by chance but from a seed.
        await using var path = await FaultyWritePath.StartAsync(
            local,
            request => !request.IsProjection && new Random(request.Number).Next(3) == 0 ? fault : Fault.None
        );
        var function = path.Function();
        await using var source = await path.StartEventSourceAsync(function, ("BatchSize", "20"), ("ParallelizationFactor", "3"));
        var history = CommandHistory.Of((int)fault, 80);
        await path.WriteAsync(history);

        await path.BecomesRightAsync(history);
        Assert.Empty(function.Thrown);
        Assert.True(path.Proxy.Count(fault) >= 5, $"only {path.Proxy.Count(fault)} faults were made");
    }
}
