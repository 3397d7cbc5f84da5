using System.Globalization;
using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Benchmarks.Running;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Measuring;
using NotifyQuery.Operations.Reading;
using NotifyQuery.Operations.Watching;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>The local system under a steady load for a long time: does anything grow, fail or fall behind?</summary>
internal sealed class Soak : Scenario
{
    private const int WritesPerSecond = 100;
    private const int MostWrites = 32;
    private const int Readers = 4;
    private const double LeastMemoryNoise = 0.01; // share of the memory
    private const double LeastCountNoise = 4;
    private const double LeastLagNoise = 20; // ms
    private const string Engine = "DynamoDB Local";
    private const string All = "all processes";

    public override string Name => "soak";

    public override string Title => "Soak";

    public override bool OnlyIfNamed => true;

    public override string How =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"The local system (dashboard and telemetry on) under {WritesPerSecond} writes per second, a quarter of them new commands and "
                + $"the others changes of a status, and {Readers} readers at once through the gateway, who send all kinds of queries in "
                + $"turn. The memory, the open handles and the threads of every process are sampled throughout, and so is the lag of the "
                + $"projection: a command is written, and the query table is read until it is there. A straight line (least squares) is "
                + $"put through the second half of the samples. The figures are its values at the end and at half time; what it may rise "
                + $"by is twice the standard error of the line, with the samples' autocorrelation, at least "
                + $"{LeastMemoryNoise * 100:0} % of the memory, {LeastCountNoise:0} handles or threads, or {LeastLagNoise:0} ms of lag."
        );

    public override async Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var duration = bench.Soak;
        await using var system = await LocalSystem.StartAsync(new() { DemoData = true }, cancellationToken);
        var eventSource = await system.EventSourceAsync(cancellationToken);
        using var client = system.CreateClient();
        using var http = new HttpClient();
        var tables = new TableNames();
        var pipeline = new LocalPipeline(
            () => new() { Endpoint = system.Endpoint.ToString(), EventSource = eventSource.ToString() },
            http,
            new FailureLog(client, tables, bench.Time),
            bench.Time
        );

        bench.Say(string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMinutes:0.#} min under load"));
        // If one of them fails, the others end too.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (commands, next) = (new DynamoDBCommandRecords(client, tables), new SoakWrites());
        var writes = StopAllOnFailure(
            SteadyLoad.RunAsync(
                (number, token) => commands.PutAsync(next.Next(number), token),
                new(WritesPerSecond, duration, MostWrites, duration),
                tell: null,
                bench.Time,
                stop.Token
            )
        );
        var reads = StopAllOnFailure(
            new ReadLoad(http, pipeline: null, bench.Time).RunAsync(
                new()
                {
                    Gateway = system.Gateway,
                    Concurrency = Readers,
                    Duration = duration,
                },
                rate: null,
                new ReadProgress(bench),
                stop.Token
            )
        );
        var sampler = new SoakSampler(system.Process.Id, pipeline, LagAsync, bench.Time);
        var samples = StopAllOnFailure(sampler.RunAsync(duration, stop.Token));
        await Task.WhenAll(writes, reads, samples);
        return Results(sampler, await writes, (await reads).Load);

        async Task<TimeSpan> LagAsync(CancellationToken token)
        {
            var command = SampleCommands.New();
            await commands.PutAsync(command, token);
            var committed = bench.Time.GetTimestamp();
            await Projected.WaitAsync(client, tables, command, TimeSpan.FromMilliseconds(5), token);
            return bench.Time.GetElapsedTime(committed);
        }

        async Task<T> StopAllOnFailure<T>(Task<T> task)
        {
            try
            {
                return await task;
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }
    }

    private static IReadOnlyList<ScenarioResult> Results(SoakSampler samples, SteadyLoadResult writes, SteadyLoadResult reads)
    {
        var names = samples.Names;
        var memory = names.ToDictionary(name => name, name => samples.Of(name, usage => usage.Megabytes));
        var withoutEngine = Sum(memory.Where(it => it.Key != Engine).Select(it => it.Value));
        return
        [
            Flat($"{All} but {Engine}", "MB", withoutEngine, LeastMemoryNoise * withoutEngine[^1]) with
            {
                OverTime = null, // it would press the other lines down to the axis
            },
            .. names
                .OrderByDescending(name => memory[name][^1])
                .Select(name =>
                {
                    var result = Flat(name, "MB", memory[name], LeastMemoryNoise * memory[name][^1]);
                    return name == Engine
                        ? result with
                        {
                            Target = null,
                            Note = "grows with what it stores: it keeps the tables and a day of their streams in memory.",
                        }
                        : result;
                }),
            .. Counts("handles", usage => usage.Handles),
            .. Counts("threads", usage => usage.Threads),
            Flat("lag of the projection", "ms", samples.Lag, LeastLagNoise),
            Failed("failed queries", reads.Whole.Errors, reads.FirstError),
            Failed("failed writes", writes.Whole.Errors, writes.FirstError),
            Failed("dead letters", samples.DeadLetters, null),
            Failed("processes that ended or were started", samples.Changes.Count, string.Join(", ", samples.Changes)),
            new()
            {
                Name = "writes",
                Unit = "writes/s",
                Candidate = new("reached", [writes.Whole.PerSecond]),
                Note = writes.Held ? null : $"this machine was too busy for {WritesPerSecond} writes per second",
            },
            new()
            {
                Name = "queries",
                Unit = "queries/s",
                Candidate = new("last quarter", [reads.LastQuarter.PerSecond]),
                Baseline = new("first quarter", [reads.FirstQuarter.PerSecond]),
            },
            .. Latency("p50", quarter => quarter.P50),
            .. Latency("p99", quarter => quarter.P99),
        ];

        IEnumerable<ScenarioResult> Counts(string unit, Func<ProcessUsage, double> of) =>
            names
                .Select(name => (Name: name, Samples: samples.Of(name, of)))
                .OrderByDescending(it => it.Samples[^1])
                .Select(it => Flat(it.Name, unit, it.Samples, LeastCountNoise));

        ScenarioResult Flat(string name, string unit, IReadOnlyList<double> all, double leastNoise)
        {
            var trend = Trend.Of([.. all.Skip(all.Count / 2)]);
            return new()
            {
                Name = name,
                Unit = unit,
                Candidate = new("at the end", [trend.Last]),
                Baseline = new("at half time", [trend.First]),
                Target = Target.DifferenceAtMost(Math.Max(trend.Noise, leastNoise)),
                OverTime = Timeline.Of(unit, samples.SecondsPerSample, all),
            };
        }

        IEnumerable<ScenarioResult> Latency(string name, Func<LoadPercentiles, double?> of) =>
            of(reads.FirstQuarter) is { } first && of(reads.LastQuarter) is { } last
                ?
                [
                    new()
                    {
                        Name = $"{name} of the queries",
                        Unit = "ms",
                        Candidate = new("last quarter", [last]),
                        Baseline = new("first quarter", [first]),
                    },
                ]
                : [];

        static ScenarioResult Failed(string name, long count, string? first) =>
            new()
            {
                Name = name,
                Unit = "in total",
                Candidate = new("soak", [count]),
                Target = Target.ValueAtMost(0),
                Note = string.IsNullOrEmpty(first) ? null : first,
            };
    }

    private static IReadOnlyList<double> Sum(IEnumerable<IReadOnlyList<double>> lines) =>
        lines.Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]);

    private sealed class ReadProgress(Bench bench) : IProgress<ReadLoadInterval>
    {
        private const double TellSeconds = 60;
        private double told;

        public void Report(ReadLoadInterval value)
        {
            var load = value.Load;
            if (load.At - told < TellSeconds)
                return;
            told = load.At;
            bench.Say(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{load.At / 60:0} min: {load.PerSecond:0} queries/s, p50 {load.P50:0.0}, p99 {load.P99:0.0} ms, {load.Errors} failed"
                )
            );
        }
    }
}
