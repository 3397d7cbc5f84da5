using System.Diagnostics;
using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using NotifyQuery.Benchmarks.Admission;
using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Benchmarks.Running;
using NotifyQuery.Core.Notifications;
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

    private static readonly Variant[] Variants =
    [
        new(Lanes: 1, BatchSize, Concurrency) { Target = Target.RatioAtLeast(12) },
        new(Lanes: 2, BatchSize, Concurrency), // the mapping's default
        new(Lanes: 10, BatchSize, Concurrency) { Target = Target.RatioAtLeast(100) }, // the most that a mapping can have
        new(Lanes: 1, BatchSize, Concurrency) { Changes = 4, Target = Target.RatioAtLeast(8) },
        new(Lanes: 1, 100, 16),
        new(Lanes: 1, 500, 16),
        new(Lanes: 1, 500, 32),
        new(Lanes: 1, 500, 64),
        new(Lanes: 1, 1000, 32),
        new(Lanes: 1, 1000, 64),
    ];

    public override string Name => "engine-latency";

    public override string Title => "Projection behind the latency of AWS";

    public override string How =>
        "Each write is answered after 5 ms, one in 80 after 25 ms (p99 25 ms), by a simulated engine that uses little processor time. "
        + "A backlog is projected by a plain consumer that awaits one unconditional PutItem for each record, and by lanes of the "
        + "projection, in turn. A lane handles one batch after another, by the projector and the store of the StreamProcessor function; "
        + "several lanes share the items and the processors of this machine. The items are distinct, or each has four changes in a row.";

    public override async Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        await using var engine = await DistantEngine.StartAsync(cancellationToken);
        using var client = new AmazonDynamoDBClient(
            new BasicAWSCredentials("test", "test"),
            new AmazonDynamoDBConfig { ServiceURL = engine.Endpoint.ToString(), AuthenticationRegion = "us-east-1" }
        );
        var (records, rounds) = bench.Choose((6_000, 5), (1_000, 2));
        var distinct = new CampaignTraffic(new() { Notifications = records })
            .Between(0, 1e6)
            .Select(command => command.Change)
            .Take(records)
            .ToList();
        var plain = new List<double>();
        var rates = Variants.ToDictionary(variant => variant, _ => new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            bench.Say(round < 0 ? "warming up" : string.Create(CultureInfo.InvariantCulture, $"round {round + 1} of {rounds}"));
            var rate = await PlainAsync(client, distinct, bench.Choose(600, 100), cancellationToken);
            if (round >= 0)
                plain.Add(rate);
            foreach (var variant in Variants)
            {
                rate = await LanesAsync(client, Repeated(distinct, variant.Changes), variant, cancellationToken);
                if (round >= 0)
                    rates[variant].Add(rate);
            }
        }

        return
        [
            .. Variants.Select(variant => new ScenarioResult
            {
                Name = variant.Name,
                Unit = "records/s",
                Candidate = new(variant.Lanes == 1 ? "one lane" : $"{variant.Lanes} lanes", rates[variant]),
                Baseline = new("plain consumer", plain),
                Target = variant.Target,
            }),
        ];
    }

    /// <summary>What is measured.</summary>
    /// <param name="Lanes">The number of lanes: the parallelization factor of the mapping, with one shard.</param>
    /// <param name="Size">The batch size.</param>
    /// <param name="AtOnce">The number of concurrent writes of a lane.</param>
    private sealed record Variant(int Lanes, int Size, int AtOnce)
    {
        /// <summary>How often each item changes, in a row.</summary>
        public int Changes { get; init; } = 1;

        public Target? Target { get; init; }

        public string Name =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{(Changes == 1 ? "distinct items" : $"{Changes} changes of each item")}, batches of {Size}, {AtOnce} writes at once"
            );
    }

    /// <summary>The same number of changes, of fewer items. The items of a batch change in turn.</summary>
    private static List<StreamChange> Repeated(List<StreamChange> distinct, int changes)
    {
        if (changes == 1)
            return distinct;
        var repeated = distinct
            .Take(distinct.Count / changes)
            .Chunk(BatchSize / changes)
            .SelectMany(items => Enumerable.Range(0, changes).SelectMany(change => items.Select(item => Changed(item, change))));
        return [.. repeated.Select((change, i) => change with { SequenceNumber = (i + 1).ToString(CultureInfo.InvariantCulture) })];

        static StreamChange Changed(StreamChange inserted, int change)
        {
            var record = inserted.After!.Record!;
            return inserted with
            {
                Before = change == 0 ? null : record.Key,
                After = new(record with { Status = NotificationStatus.Pending + change }, []),
            };
        }
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

    private static async Task<double> LanesAsync(
        AmazonDynamoDBClient client,
        List<StreamChange> changes,
        Variant variant,
        CancellationToken cancellationToken
    )
    {
        // All changes of an item are in the same lane.
        var lanes = changes
            .GroupBy(change => CampaignTraffic.NumberOf(change.TransactionId!) % variant.Lanes)
            .Select(lane => lane.ToList());
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(lanes.Select(lane => Task.Run(() => LaneAsync(client, lane, variant, cancellationToken), cancellationToken)));
        return changes.Count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task LaneAsync(
        AmazonDynamoDBClient client,
        List<StreamChange> changes,
        Variant variant,
        CancellationToken cancellationToken
    )
    {
        var projector = new BatchProjector(
            new DynamoDBProjectionStore(client, Tables, TimeProvider.System),
            new DynamoDBDeadLetters(client, Tables),
            TimeProvider.System,
            variant.AtOnce
        );
        foreach (var batch in changes.Chunk(variant.Size))
        {
            var report = await projector.ProjectAsync(batch, cancellationToken);
            if (report.Count(ChangeOutcome.Applied) != batch.Length)
                throw new InvalidOperationException("the simulated engine refused a write");
        }
    }
}
