using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Benchmarks.Running;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>How long a developer waits for the system to start and to stop.</summary>
internal sealed class Start : Scenario
{
    public override string Name => "start";

    public override string Title => "Start and stop";

    public override string How =>
        "From the start of `dotnet run --no-build` to the first query that the gateway answers with 200 (an empty engine, demo data and "
        + "dashboard, as by default). "
        + "Baselines, in turn: DynamoDB Local alone, to its first answer; and an AppHost of the same shape, with as many processes, the "
        + "same waits and the dashboard, "
        + "whose processes do nothing but answer. Then SIGTERM until the last process is gone; Aspire's orchestrator takes some seconds "
        + "more to end.";

    public override async Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var (engine, floor, system) = (new List<double>(), new Times(), new Times());
        for (var round = 1; round <= bench.Choose(10, 1); round++)
        {
            bench.Say($"round {round}");
            await using (var alone = await DynamoDBLocalProcess.StartAsync(cancellationToken))
                engine.Add(alone.StartedIn.TotalSeconds);
            await using (var empty = await FloorSystem.StartAsync(cancellationToken))
                await floor.AddAsync(empty.StartedIn, empty.Process, cancellationToken);
            await using (var whole = await LocalSystem.StartAsync(new() { ByDotnetRun = true, DemoData = true }, cancellationToken))
                await system.AddAsync(whole.StartedIn, whole.Process, cancellationToken);
        }

        const string Floor = "an empty AppHost of the same shape";
        return
        [
            new()
            {
                Name = "dotnet run to first answer",
                Unit = "s",
                Candidate = new("NotifyQuery", system.Starts),
                Baseline = new(Floor, floor.Starts),
                Target = Target.RatioAtMost(1.5),
            },
            new()
            {
                Name = "dotnet run to first query",
                Unit = "s",
                Candidate = new("NotifyQuery", system.Starts),
                Baseline = new("DynamoDB Local alone", engine),
            },
            new()
            {
                Name = "stop",
                Unit = "s",
                Candidate = new("NotifyQuery", system.Stops),
                Baseline = new(Floor, floor.Stops),
                Target = Target.ValueAtMost(5),
            },
            new()
            {
                Name = "stop, with the orchestrator",
                Unit = "s",
                Candidate = new("NotifyQuery", system.Ends),
                Baseline = new(Floor, floor.Ends),
            },
        ];
    }

    private sealed class Times
    {
        public List<double> Starts { get; } = [];

        public List<double> Stops { get; } = [];

        public List<double> Ends { get; } = [];

        public async Task AddAsync(TimeSpan startedIn, ChildProcess process, CancellationToken cancellationToken)
        {
            Starts.Add(startedIn.TotalSeconds);
            var stop = await process.StopTreeAsync(cancellationToken);
            Stops.Add(stop.System.TotalSeconds);
            Ends.Add(stop.Orchestrator.TotalSeconds);
        }
    }
}
