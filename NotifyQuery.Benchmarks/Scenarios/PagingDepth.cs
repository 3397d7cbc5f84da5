using System.Globalization;
using System.Text.Json;
using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Core.Queries;
using NotifyQuery.Operations.Measuring;
using NotifyQuery.Operations.Reading;
using NotifyQuery.Operations.Seeding;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>Whether a deep page costs the same as the first page.</summary>
internal sealed class PagingDepth : Scenario
{
    public override string Name => "paging-depth";

    public override string Title => "Paging depth";

    public override string How =>
        "Pages 1, 100 and 10,000 of one user with 250,000 notifications, 20 to a page, through the gateway and at the Handler, in turn. "
        + "The deep pages are reached by reading all pages before them, as a caller would.";

    public override bool OnSeededSystem => true;

    public override async Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var seeded = await bench.SeededAsync(cancellationToken);
        using var http = new HttpClient();
        int[] depths = [1, 100, bench.Choose(10_000, 200)];
        var pages = new List<(int Page, ReadQuestion Question)>();
        var (page, cursor) = (1, (string?)null);
        foreach (var depth in depths)
        {
            bench.Say(string.Create(CultureInfo.InvariantCulture, $"walking to page {depth}"));
            // With the largest pages that do not exceed the depth.
            while (page < depth)
            {
                var steps = Math.Min(depth - page, NotificationQuery.MaximumLimit / NotificationQuery.DefaultLimit);
                cursor = await NextAsync(http, seeded.System.Handler, cursor, steps * NotificationQuery.DefaultLimit, cancellationToken);
                page += steps;
            }

            pages.Add((depth, ReadQuestion.ByUser(Seeder.DeepUser, cursor)));
        }

        bench.Say("timing");
        var (rounds, perRound) = bench.Choose((7, 150), (3, 30));
        var ways = new (string Name, Uri Address)[]
        {
            (ReadWays.Gateway, seeded.System.Gateway),
            (ReadWays.Handler, seeded.System.Handler),
        };
        var times = await InterleavedTiming.RunAsync(
            [.. ways.SelectMany(way => pages.Select(it => ReadWays.OverHttp(way.Name, http, way.Address, it.Question)))],
            bench.Choose(300, 30),
            rounds,
            perRound,
            bench.Time,
            cancellationToken
        );
        var results = new List<ScenarioResult>();
        for (var way = 0; way < ways.Length; way++)
        {
            var first = new Series("page 1", times[way * depths.Length].OfRounds(0.5));
            for (var i = 1; i < depths.Length; i++)
            {
                var label = string.Create(CultureInfo.InvariantCulture, $"page {depths[i]:N0}");
                results.Add(
                    new()
                    {
                        Name = $"{ways[way].Name} p50, {label}",
                        Unit = "ms",
                        Candidate = new(label, times[(way * depths.Length) + i].OfRounds(0.5)),
                        Baseline = first,
                        Target = Target.RatioAtMost(1.25), // equal, within noise
                    }
                );
            }
        }

        return results;
    }

    private static async Task<string> NextAsync(
        HttpClient http,
        Uri handler,
        string? cursor,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var target = new Uri(
            handler,
            string.Create(CultureInfo.InvariantCulture, $"{ReadQuestion.ByUser(Seeder.DeepUser, cursor).Target}&limit={limit}")
        );
        using var page = JsonDocument.Parse(await http.GetStringAsync(target, cancellationToken));
        return page.RootElement.GetProperty("next_cursor").GetString()
            ?? throw new InvalidOperationException($"{Seeder.DeepUser} has too few notifications");
    }
}
