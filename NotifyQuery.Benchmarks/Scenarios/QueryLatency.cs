using System.Globalization;
using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Benchmarks.Running;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Measuring;
using NotifyQuery.Operations.Reading;
using NotifyQuery.Operations.Seeding;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>The time of a page through the complete read path, compared with a Query of the SDK, and the throughput of the path.</summary>
internal sealed class QueryLatency : Scenario
{
    private const double SteadyShare = 0.7;

    public override string Name => "query-latency";

    public override string Title => "Query latency and throughput";

    public override string How =>
        "A page of 20 of each query from a table of a million items, after a warm-up, one request after another: through the gateway, at "
        + "the Handler, and by a Query of the SDK for the same 21 items, in turn. Then as many requests as possible, one and 32 at once, "
        + "in turn; requests at 70 % of that throughput, each counted from the time when it was due; and the processor time of a request "
        + "in each process. Telemetry is on, as a developer runs the system.";

    public override bool OnSeededSystem => true;

    public override async Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var seeded = await bench.SeededAsync(cancellationToken);
        using var http = new HttpClient();
        await WarmUpAsync(bench, seeded, http, cancellationToken);
        return
        [
            .. await LatencyAsync(bench, seeded, http, cancellationToken),
            .. await ThroughputAsync(bench, seeded, http, cancellationToken),
            .. await ProfileAsync(bench, seeded, http, cancellationToken),
        ];
    }

    /// <summary>Sends every query through the gateway: the runtime compiles most of the code that runs often.</summary>
    private static async Task WarmUpAsync(Bench bench, SeededSystem seeded, HttpClient http, CancellationToken cancellationToken)
    {
        bench.Say("warming up");
        foreach (var question in ReadQuestion.All(SampleOf(seeded)))
            await ConcurrentLoad.RunAsync(
                ReadWays.OverHttp(ReadWays.Gateway, http, seeded.System.Gateway, question).DoAsync,
                4,
                TimeSpan.FromSeconds(bench.Choose(25, 2)),
                bench.Time,
                cancellationToken
            );
    }

    private static async Task<List<ScenarioResult>> LatencyAsync(
        Bench bench,
        SeededSystem seeded,
        HttpClient http,
        CancellationToken cancellationToken
    )
    {
        var (rounds, perRound) = bench.Choose((7, 150), (3, 30));
        var results = new List<ScenarioResult>();
        foreach (var question in ReadQuestion.All(SampleOf(seeded)))
        {
            bench.Say($"latency, by {question.Name}");
            var times = await InterleavedTiming.RunAsync(
                [
                    ReadWays.OfTable(seeded.Client, new TableNames(), question),
                    ReadWays.OverHttp(ReadWays.Handler, http, seeded.System.Handler, question),
                    ReadWays.OverHttp(ReadWays.Gateway, http, seeded.System.Gateway, question),
                ],
                warmUp: bench.Choose(500, 50),
                rounds,
                perRound,
                bench.Time,
                cancellationToken
            );
            var (direct, handler, gateway) = (times[0], times[1], times[2]);
            foreach (var (share, label) in (ReadOnlySpan<(double, string)>)[(0.5, "p50"), (0.99, "p99")])
            {
                var baseline = new Series(direct.Name, direct.OfRounds(share));
                results.Add(
                    new()
                    {
                        Name = $"gateway {label}, by {question.Name}",
                        Unit = "ms",
                        Candidate = new(gateway.Name, gateway.OfRounds(share)),
                        Baseline = baseline,
                        Target = share == 0.5 ? Target.RatioAtMost(3) : null,
                    }
                );
                results.Add(
                    new()
                    {
                        Name = $"Handler {label}, by {question.Name}",
                        Unit = "ms",
                        Candidate = new(handler.Name, handler.OfRounds(share)),
                        Baseline = baseline,
                        Target = share == 0.5 ? Target.RatioAtMost(2) : null,
                    }
                );
            }
        }

        return results;
    }

    private static async Task<List<ScenarioResult>> ThroughputAsync(
        Bench bench,
        SeededSystem seeded,
        HttpClient http,
        CancellationToken cancellationToken
    )
    {
        const int Many = 32;
        var results = new List<ScenarioResult>();
        foreach (
            var (way, address) in ((string, Uri)[])[(ReadWays.Gateway, seeded.System.Gateway), (ReadWays.Handler, seeded.System.Handler)]
        )
        {
            bench.Say($"throughput, {way}");
            var ask = ReadWays.OverHttp(way, http, address, ReadQuestion.ByUser(Seeder.DeepUser)).DoAsync;
            var duration = TimeSpan.FromSeconds(bench.Choose(3, 1));
            await ConcurrentLoad.RunAsync(ask, Many, duration, bench.Time, cancellationToken); // warm-up
            var (one, many) = (new List<LoadResult>(), new List<LoadResult>());
            for (var round = 0; round < bench.Choose(5, 2); round++)
            {
                one.Add(await ConcurrentLoad.RunAsync(ask, 1, duration, bench.Time, cancellationToken));
                many.Add(await ConcurrentLoad.RunAsync(ask, Many, duration, bench.Time, cancellationToken));
            }

            var rate = SteadyShare * Percentile.Of(many.Select(load => load.PerSecond), 0.5);
            var steady = new List<SteadyLoadResult>();
            for (var round = 0; round < bench.Choose(5, 2); round++)
                steady.Add(
                    await SteadyLoad.RunAsync(
                        (_, token) => ask(token),
                        new(rate, duration * 2, 4 * Many, duration * 2),
                        null,
                        bench.Time,
                        cancellationToken
                    )
                );

            var errors = one.Concat(many).Sum(load => load.Errors) + steady.Sum(load => load.Whole.Errors);
            var sent = one.Concat(many).Sum(load => load.Requests + load.Errors) + steady.Sum(load => load.Begun);
            var firstError = one.Concat(many).Select(load => load.FirstError).Concat(steady.Select(load => load.FirstError));
            results.Add(
                new()
                {
                    Name = $"{way}, {Many} at once",
                    Unit = "requests/s",
                    Candidate = new($"{Many} at once", [.. many.Select(load => load.PerSecond)]),
                    Baseline = new("one at a time", [.. one.Select(load => load.PerSecond)]),
                    Target = Target.RatioAtLeast(3),
                }
            );
            results.Add(
                new()
                {
                    Name = $"{way}, at 70 % of the throughput",
                    Unit = "ms",
                    Candidate = new("p99", [.. steady.Select(load => Required(load.Whole.P99))]),
                    Baseline = new("p50", [.. steady.Select(load => Required(load.Whole.P50))]),
                    Target = Target.RatioAtMost(6),
                    Note = steady.All(load => load.Held)
                        ? null
                        : string.Create(CultureInfo.InvariantCulture, $"{rate:0} requests/s were not held in each round"),
                }
            );
            results.Add(
                new()
                {
                    Name = $"{way}, failed",
                    Unit = "requests",
                    Candidate = new(way, [errors]),
                    Target = Target.ValueAtMost(0),
                    Note =
                        errors == 0
                            ? null
                            : string.Create(
                                CultureInfo.InvariantCulture,
                                $"of {sent}; the first: {firstError.First(error => error is not null)}"
                            ),
                }
            );
        }

        return results;
    }

    private static double Required(double? percentile) =>
        percentile ?? throw new InvalidOperationException("no request of the load succeeded");

    /// <summary>The processor time of a request through the gateway, for each process.</summary>
    private static async Task<IReadOnlyList<ScenarioResult>> ProfileAsync(
        Bench bench,
        SeededSystem seeded,
        HttpClient http,
        CancellationToken cancellationToken
    )
    {
        bench.Say("profile");
        var ask = ReadWays.OverHttp(ReadWays.Gateway, http, seeded.System.Gateway, ReadQuestion.ByUser(Seeder.DeepUser)).DoAsync;
        var before = ProcessTree.Read(seeded.System.Process.Id).ToDictionary(process => process.Id, process => process.CpuTime);
        var load = await ConcurrentLoad.RunAsync(ask, 1, TimeSpan.FromSeconds(bench.Choose(10, 2)), bench.Time, cancellationToken);
        return
        [
            .. ProcessTree
                .Read(seeded.System.Process.Id)
                .Select(process =>
                    (process.Name, Milliseconds: (process.CpuTime - before.GetValueOrDefault(process.Id)).TotalMilliseconds / load.Requests)
                )
                .Where(process => process.Milliseconds > 0.001)
                .OrderByDescending(process => process.Milliseconds)
                .Select(process => new ScenarioResult
                {
                    Name = $"processor time, {process.Name}",
                    Unit = "ms/request",
                    Candidate = new("one at a time", [process.Milliseconds]),
                }),
        ];
    }

    private static ReadSample SampleOf(SeededSystem seeded)
    {
        // A record whose subjects have enough items for every page to be full.
        var record = Seeder.Records(seeded.Seed).First(it => it.Status is NotificationStatus.Failed);
        return new(
            new Dictionary<QueryKind, string>
            {
                [QueryKind.User] = Seeder.DeepUser,
                [QueryKind.Transaction] = record.TransactionId,
                [QueryKind.Campaign] = record.CampaignId!,
                [QueryKind.Status] = NotificationStatus.Failed.ToName(),
            },
            Timestamp.DayOf(record.CreatedAt)
        );
    }
}
