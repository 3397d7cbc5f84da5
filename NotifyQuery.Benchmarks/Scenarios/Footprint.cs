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
    private const double MostMegabytes = 2048;
    private const double MostCpuPercent = 15;
    private const string All = "all processes";

    public override string Name => "footprint";

    public override string Title => "Footprint";

    public override string How =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Resident memory and processor time of every process of the local system (dashboard and telemetry on): at rest, three "
                + $"minutes after the start, and then under {WritesPerSecond} writes per second with {ReadersAtOnce} readers at once "
                + $"through the gateway. The load's own process is not counted. The resident memory (MB) counts a page that several "
                + $"processes share, such as the program file of the orchestrator and its monitors, once for each of them. The "
                + $"proportional memory (MB PSS) divides it among them: what the machine really holds."
        );

    public override async Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        await using var system = await LocalSystem.StartAsync(new() { DemoData = true }, cancellationToken);
        using var client = system.CreateClient();
        using var http = new HttpClient();
        var period = TimeSpan.FromSeconds(bench.Choose(30, 5));

        bench.Say("at rest");
        await Task.Delay(bench.Choose(TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(5)), cancellationToken); // the start's own work
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

        return
        [
            .. Compare("MB", usage => usage.Megabytes, Target.ValueAtMost(MostMegabytes)),
            .. Compare("MB PSS", usage => usage.ProportionalMegabytes, null),
            .. Compare("% of a core", usage => usage.CpuPercent, Target.ValueAtMost(MostCpuPercent)),
        ];

        IEnumerable<ScenarioResult> Compare(string unit, Func<Usage, double> figure, Target? target) =>
            idle
                .Keys.OrderByDescending(name => idle[name].Megabytes)
                .Select(name => Line(idle[name].Label, figure(idle[name]), figure(loaded.GetValueOrDefault(name)), null))
                .Prepend(
                    Line($"{All}, {idle.Values.Sum(usage => usage.Processes)}", idle.Values.Sum(figure), loaded.Values.Sum(figure), target)
                )
                .Select(result => result with { Unit = unit });

        static ScenarioResult Line(string name, double idle, double loaded, Target? target) =>
            new()
            {
                Name = name,
                Unit = "",
                Candidate = new("at rest", [idle]),
                Baseline = new("under load", [loaded]),
                Target = target,
            };
    }

    /// <summary>The usage of the processes of each name during some work: memory at the end, processor time in total.</summary>
    private static async Task<Dictionary<string, Usage>> UsageAsync(int root, Task work, TimeProvider time)
    {
        var (before, started) = (ProcessTree.Read(root), time.GetTimestamp());
        await work;
        var (after, seconds) = (ProcessTree.Read(root), time.GetElapsedTime(started).TotalSeconds);
        var cpuBefore = before.ToDictionary(process => process.Id, process => process.CpuTime);
        return after
            .GroupBy(process => process.Name)
            .ToDictionary(
                group => group.Key,
                group => new Usage(
                    group.Key,
                    group.Count(),
                    group.Sum(process => process.ResidentBytes) / 1e6,
                    group.Sum(process => ProcessTree.ProportionalBytes(process.Id) ?? 0) / 1e6,
                    group.Sum(process => (process.CpuTime - cpuBefore.GetValueOrDefault(process.Id)).TotalSeconds) / seconds * 100
                )
            );
    }

    /// <summary>What the processes of one name use.</summary>
    private readonly record struct Usage(string Name, int Processes, double Megabytes, double ProportionalMegabytes, double CpuPercent)
    {
        public string Label => Processes == 1 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name}, {Processes}");
    }
}
