using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Benchmarks.Running;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Measuring;
using NotifyQuery.Operations.Reconciliation;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>
/// A campaign that is written at once, and then read to its end: no item is missing, no item is there twice, and the tables agree.
/// </summary>
internal sealed class CampaignAtOnce : Scenario
{
    private const int UnderWay = 50;
    private const double Part = 0.1; // share of the pages that count as the beginning, and as the end

    public override string Name => "campaign";

    public override string Title => "A campaign at once";

    public override string How =>
        "The commands of one campaign are written as fast as the engine accepts them. When all are projected, the campaign is read "
        + "through the gateway "
        + "from its first page to its last, in both orders, and compared with what was written. Then the tables are compared.";

    public override async Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var (count, tables) = (bench.Choose(100_000, 2_000), new TableNames());
        await using var system = await LocalSystem.StartAsync(new(), cancellationToken);
        using var client = system.CreateClient();
        var commands = new DynamoDBCommandRecords(client, tables);
        var campaign = string.Create(CultureInfo.InvariantCulture, $"campaign-{Guid.NewGuid():N}");
        var written = Enumerable.Range(0, count).Select(_ => SampleCommands.New() with { CampaignId = campaign }).ToList();
        var started = Stopwatch.GetTimestamp();
        bench.Say(string.Create(CultureInfo.InvariantCulture, $"writing {count:N0} commands"));
        await Parallel.ForEachAsync(
            written,
            new ParallelOptions { MaxDegreeOfParallelism = UnderWay, CancellationToken = cancellationToken },
            async (command, token) => await commands.PutAsync(command, token)
        );
        var writing = Stopwatch.GetElapsedTime(started);

        bench.Say("waiting until the tables agree");
        ReconcileReport report;
        do
        {
            report = new();
            await new Reconciler(client, tables, bench.Time).ReconcileAsync(
                new() { Settle = TimeSpan.FromSeconds(1) },
                report,
                cancellationToken
            );
        } while (!report.Agree && Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(60));
        var projected = Stopwatch.GetElapsedTime(started);

        var results = new List<ScenarioResult>
        {
            new()
            {
                Name = "commands written",
                Unit = "records/s",
                Candidate = new("at once", [count / writing.TotalSeconds]),
            },
            new()
            {
                Name = "written and found to be projected",
                Unit = "records/s",
                Candidate = new("at once", [count / projected.TotalSeconds]),
            },
            Nothing("findings of reconcile", report.Findings.Count),
        };
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        foreach (var order in Enum.GetValues<QueryOrder>())
        {
            bench.Say($"reading, {order}");
            var expected = written.Select(command => command.Key.SortKey).Order(Comparer<string>.Create(UnicodeText.CompareBytes)).ToList();
            if (order is QueryOrder.Descending)
                expected.Reverse();
            var (seen, times) = await WalkAsync(http, system.Gateway, campaign, order, cancellationToken);
            var name = order is QueryOrder.Descending ? "newest first" : "oldest first";
            results.Add(Nothing($"missing, {name}", expected.Except(seen).Count()));
            results.Add(
                Nothing(
                    $"twice or out of order, {name}",
                    seen.Count - seen.Intersect(expected).Count() + (seen.SequenceEqual(expected) ? 0 : 1)
                )
            );
            var part = Math.Max(1, (int)(times.Count * Part));
            results.Add(
                new()
                {
                    Name = $"page of 100 through the gateway, {name}",
                    Unit = "ms",
                    Candidate = new("last tenth", [Percentile.Of(times.TakeLast(part), 0.5)]),
                    Baseline = new("first tenth", [Percentile.Of(times.Take(part), 0.5)]),
                }
            );
        }

        return results;

        static ScenarioResult Nothing(string name, double value) =>
            new()
            {
                Name = name,
                Unit = "items",
                Candidate = new("campaign", [value]),
                Target = Target.ValueAtMost(0),
            };
    }

    private static async Task<(List<string> Seen, List<double> Times)> WalkAsync(
        HttpClient http,
        Uri gateway,
        string campaign,
        QueryOrder order,
        CancellationToken cancellationToken
    )
    {
        var (seen, times, cursor) = (new List<string>(), new List<double>(), "");
        do
        {
            var target = new Uri(
                gateway,
                $"/query/campaign?campaign_id={campaign}&limit=100&order={(order is QueryOrder.Descending ? "desc" : "asc")}{cursor}"
            );
            var started = Stopwatch.GetTimestamp();
            using var response = await http.GetAsync(target, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            if (response.StatusCode is not HttpStatusCode.OK)
                throw new InvalidOperationException($"{target} returned {(int)response.StatusCode}: {body}");
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            using var page = JsonDocument.Parse(body);
            seen.AddRange(
                page.RootElement.GetProperty("items")
                    .EnumerateArray()
                    .Select(item =>
                        $"{item.GetProperty(AttributeNames.CreatedAt).GetString()}#"
                        + item.GetProperty(AttributeNames.TransactionId).GetString()
                    )
            );
            cursor = page.RootElement.GetProperty("next_cursor").GetString() is { } next ? $"&cursor={next}" : "";
        } while (cursor.Length > 0);

        return (seen, times);
    }
}
