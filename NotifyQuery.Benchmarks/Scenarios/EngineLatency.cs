using System.Diagnostics;
using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using NotifyQuery.Benchmarks.Admission;
using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Benchmarks.Running;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>The gain from the projection's concurrency if each write takes as long as on AWS.</summary>
internal sealed class EngineLatency : Scenario
{
    /// <summary>The defaults of the event source mapping in deploy/stack.template.yaml.</summary>
    private const int BatchSize = 100,
        Concurrency = 32;

    private static readonly TableNames Tables = new();

    public override string Name => "engine-latency";

    public override string Title => "Projection behind the latency of AWS";

    public override string How =>
        "Each write is answered after 5 ms, one in 80 after 25 ms (p99 25 ms), by a simulated engine that uses almost no processor time. "
        + "A backlog of distinct items is projected by a plain consumer that awaits one unconditional PutItem for each record, and by "
        + "one lane of the projection "
        + "(one batch after another, by the projector and the store of the StreamProcessor function), in turn, with several batch sizes "
        + "and numbers of concurrent writes.";

    public override async Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        await using var engine = await DistantEngine.StartAsync(cancellationToken);
        using var client = new AmazonDynamoDBClient(
            new BasicAWSCredentials("test", "test"),
            new AmazonDynamoDBConfig { ServiceURL = engine.Endpoint.ToString(), AuthenticationRegion = "us-east-1" }
        );
        var (records, rounds) = bench.Choose((6_000, 5), (1_000, 2));
        var changes = new CampaignTraffic(new() { Notifications = records })
            .Between(0, 1e6)
            .Select(command => command.Change)
            .Take(records)
            .ToList();
        (int Size, int AtOnce)[] lanes = [(BatchSize, Concurrency), (100, 16), (500, 16), (500, 32), (500, 64), (1000, 32), (1000, 64)];
        var plain = new List<double>();
        var rates = lanes.ToDictionary(lane => lane, _ => new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            bench.Say(round < 0 ? "warming up" : string.Create(CultureInfo.InvariantCulture, $"round {round + 1} of {rounds}"));
            var rate = await PlainAsync(client, changes, bench.Choose(600, 100), cancellationToken);
            if (round >= 0)
                plain.Add(rate);
            foreach (var lane in lanes)
            {
                rate = await LaneAsync(client, changes, lane.Size, lane.AtOnce, cancellationToken);
                if (round >= 0)
                    rates[lane].Add(rate);
            }
        }

        return
        [
            .. lanes.Select(lane => new ScenarioResult
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"batches of {lane.Size}, {lane.AtOnce} writes at once"),
                Unit = "records/s",
                Candidate = new("one lane", rates[lane]),
                Baseline = new("plain consumer", plain),
                Target = lane == (BatchSize, Concurrency) ? Target.RatioAtLeast(12) : null,
            }),
        ];
    }

    private static async Task<double> PlainAsync(
        AmazonDynamoDBClient client,
        List<StreamChange> changes,
        int records,
        CancellationToken cancellationToken
    )
    {
        var items = changes
            .Take(records)
            .SelectMany(change => BatchPlan.Of([change], CampaignTraffic.Start).Writes)
            .Select(write => NotificationItem.Of(write.Write, Tables.KeySpread, CampaignTraffic.Start))
            .ToList();
        var started = Stopwatch.GetTimestamp();
        foreach (var item in items)
            await client.PutItemAsync(new PutItemRequest { TableName = Tables.NotificationRecords, Item = item }, cancellationToken);
        return items.Count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> LaneAsync(
        AmazonDynamoDBClient client,
        List<StreamChange> changes,
        int size,
        int atOnce,
        CancellationToken cancellationToken
    )
    {
        var projector = new BatchProjector(
            new DynamoDBProjectionStore(client, Tables, TimeProvider.System),
            new DynamoDBDeadLetters(client, Tables),
            TimeProvider.System,
            atOnce
        );
        var started = Stopwatch.GetTimestamp();
        foreach (var batch in changes.Chunk(size))
        {
            var report = await projector.ProjectAsync(batch, cancellationToken);
            if (report.Count(ChangeOutcome.Applied) != batch.Length)
                throw new InvalidOperationException("the simulated engine refused a write");
        }

        return changes.Count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
