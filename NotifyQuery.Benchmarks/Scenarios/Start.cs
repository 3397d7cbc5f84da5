using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Benchmarks.Running;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>How long a developer waits for the system, and for its end.</summary>
internal sealed class Start : Scenario
{
    public override string Name => "start";

    public override string Title => "Start and stop";

    public override string How =>
        "From the start of the process to the first query that the gateway answers with 200 (an empty engine, demo data and dashboard as by default): `dotnet run --no-build`, and the built AppHost alone. "
        + "Beside it the start of DynamoDB Local alone, to its first answer, in turn. Then SIGTERM until all processes are gone.";

    public override async Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var (engine, run, built, stop) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 1; round <= bench.Choose(5, 1); round++)
        {
            bench.Say($"round {round}");
            await using (var alone = await DynamoDBLocalProcess.StartAsync(cancellationToken)) engine.Add(alone.StartedIn.TotalSeconds);
            foreach (var (byDotnetRun, times) in ((bool, List<double>)[])[(true, run), (false, built)])
            {
                await using var system = await LocalSystem.StartAsync(new() { ByDotnetRun = byDotnetRun, DemoData = true }, cancellationToken);
                times.Add(system.StartedIn.TotalSeconds);
                var processes = ProcessTree.Read(system.ProcessId);
                stop.Add((await system.StopAsync(cancellationToken)).TotalSeconds);
                if (processes.FirstOrDefault(process => ProcessTree.Read(process.Id).Any(left => left.Name == process.Name)) is { } orphan)
                    throw new InvalidOperationException($"{orphan.Name} (process {orphan.Id}) outlives the system");
            }
        }

        var baseline = new Series("DynamoDB Local alone", engine);
        return
        [
            new() { Name = "dotnet run to first query", Unit = "s", Candidate = new("dotnet run --no-build", run), Baseline = baseline, Target = Target.DifferenceAtMost(4) },
            new() { Name = "built AppHost to first query", Unit = "s", Candidate = new("AppHost", built), Baseline = baseline },
            new() { Name = "stop", Unit = "s", Candidate = new("SIGTERM to the end", stop), Target = Target.ValueAtMost(3) },
        ];
    }
}
