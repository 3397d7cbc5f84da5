using System.Collections.Concurrent;
using System.Diagnostics;
using NotifyQuery.Core;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.Simulation;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Operations;

/// <summary>The traces of a run of simulated writes.</summary>
public sealed class SimulationTraceTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_is_one_span_and_every_write_carries_its_context()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                // Other tests work at the same time.
                if (span.GetTagItem("notifyquery.simulation.writes") is 60L)
                    spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(listener);

        await new WriteSimulation(tables.Client, tables.Names, TimeProvider.System).RunAsync(new() { Count = 60, Seed = 7 }, null, Token);

        var run = Assert.Single(spans);
        Assert.Equal("simulate writes", run.OperationName);
        var written = await tables.AllAsync(tables.Names.CommandRecords, Token);
        Assert.NotEmpty(written);
        Assert.All(written, item => Assert.Equal(run.Id, item[AttributeNames.TraceParent].S));
    }
}
