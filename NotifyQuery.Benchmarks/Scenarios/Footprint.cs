using System.Globalization;
using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Benchmarks.Running;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Measuring;
using NotifyQuery.Operations.Reading;
using NotifyQuery.Operations.Simulation;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>The memory and processor time of the local system, for each process, at rest and under load.</summary>
internal sealed class Footprint : Scenario
{
    private const int WritesPerSecond = 100;
    private const int ReadersAtOnce = 4;

    public override string Name => "footprint";

    public override string Title => "Footprint";

    public override string How =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Resident memory and processor time of every process of the local system (dashboard and telemetry on), at rest and under "
                + $"{WritesPerSecond} writes per second with {ReadersAtOnce} readers at once through the gateway. The load's own process "
                + $"is not counted."
        );

    public override async Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        await using var system = await LocalSystem.StartAsync(new() { DemoData = true }, cancellationToken);
        using var client = system.CreateClient();
        using var http = new HttpClient();
        var period = TimeSpan.FromSeconds(bench.Choose(15, 3));

        bench.Say("at rest");
        await Task.Delay(bench.Choose(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2)), cancellationToken); // the start's own work
        var idle = await UsageAsync(system.Process.Id, Task.Delay(period, cancellationToken), bench.Time);

        bench.Say("under load");
        var ask = ReadWays.OverHttp(ReadWays.Gateway, http, system.Gateway, ReadQuestion.ByUser("user-0001")).DoAsync;
        var loaded = await UsageAsync(
            system.Process.Id,
            Task.WhenAll(
                ConcurrentLoad.RunAsync(ask, ReadersAtOnce, period, bench.Time, cancellationToken),
                new WriteSimulation(client, new TableNames(), bench.Time).RunAsync(
                    new() { Count = (int)(WritesPerSecond * period.TotalSeconds), Rate = WritesPerSecond },
                    null,
                    cancellationToken
                )
            ),
            bench.Time
        );

        var names = loaded.Keys.OrderByDescending(name => loaded[name].Megabytes).ToList();
        return
        [
            Compare("all processes", "MB", loaded.Values.Sum(it => it.Megabytes), idle.Values.Sum(it => it.Megabytes)),
            .. names.Select(name => Compare(name, "MB", loaded[name].Megabytes, idle.GetValueOrDefault(name).Megabytes)),
            Compare("all processes", "% of a core", loaded.Values.Sum(it => it.CpuPercent), idle.Values.Sum(it => it.CpuPercent)),
            .. names.Select(name => Compare(name, "% of a core", loaded[name].CpuPercent, idle.GetValueOrDefault(name).CpuPercent)),
        ];
    }

    private static ScenarioResult Compare(string name, string unit, double loaded, double idle) =>
        new()
        {
            Name = name,
            Unit = unit,
            Candidate = new("under load", [loaded]),
            Baseline = new("at rest", [idle]),
        };

    /// <summary>The usage of each kind of process during some work: memory at the end, processor time in total.</summary>
    private static async Task<Dictionary<string, (double Megabytes, double CpuPercent)>> UsageAsync(int root, Task work, TimeProvider time)
    {
        var (before, started) = (ProcessTree.Read(root), time.GetTimestamp());
        await work;
        var (after, seconds) = (ProcessTree.Read(root), time.GetElapsedTime(started).TotalSeconds);
        var cpuBefore = before.ToDictionary(process => process.Id, process => process.CpuTime);
        return after
            .GroupBy(process => process.Name)
            .ToDictionary(
                group => group.Key,
                group =>
                    (
                        group.Sum(process => process.ResidentBytes) / 1e6,
                        group.Sum(process => (process.CpuTime - cpuBefore.GetValueOrDefault(process.Id)).TotalSeconds) / seconds * 100
                    )
            );
    }
}
