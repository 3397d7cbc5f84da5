using System.Diagnostics;
using System.Globalization;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Benchmarks.Running;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>How many records per second the write side projects, compared with a plain consumer and with the engine's limit.</summary>
internal sealed class ProjectionThroughput : Scenario
{
    private const string PlainTable = "benchmark-plain";
    private const string RawTable = "benchmark-raw";
    private const int UnderWay = 50;
    private static readonly int[] Concurrencies = [8, 16, 32];

    public override string Name => "projection-throughput";

    public override string Title => "Projection throughput";

    public override string How =>
        "A backlog of commands is written while the event source is held back. Then it is projected three times, into tables of one "
        + "make: by a "
        + "plain consumer that awaits one unconditional PutItem for each record; by a bare client that makes the projection's "
        + "conditional puts, "
        + "each item's last one only, at the best of 8, 16 and 32 at once; and by the event source and the StreamProcessor function, "
        + "from the moment that the event source may go on.";

    public override async Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        await using var side = await WriteSide.StartAsync(cancellationToken);
        foreach (var table in (string[])[PlainTable, RawTable])
            await side.CreateQueryTableAsync(table, cancellationToken);
        var (records, rounds) = bench.Choose((8_000, 5), (4_000, 2));
        var results = new List<ScenarioResult>();
        foreach (var (kind, changes) in ((string, int)[])[("distinct items", 1), ("four changes of each item", 4)])
        {
            bench.Say($"warming up, {kind}");
            for (var i = 0; i < bench.Choose(2, 1); i++)
                await RoundAsync(side, records, changes, cancellationToken);
            var all = new List<Rates>();
            for (var round = 0; round < rounds; round++)
            {
                bench.Say(string.Create(CultureInfo.InvariantCulture, $"round {round + 1} of {rounds}, {kind}"));
                all.Add(await RoundAsync(side, records, changes, cancellationToken));
            }

            var candidate = new Series("event source and function", [.. all.Select(rates => rates.Projection)]);
            results.Add(
                new()
                {
                    Name = $"{kind}, beside one awaited put for each record",
                    Unit = "records/s",
                    Candidate = candidate,
                    Baseline = new("plain consumer", [.. all.Select(rates => rates.Plain)]),
                }
            );
            results.Add(
                new()
                {
                    Name = $"{kind}, beside the engine's limit",
                    Unit = "records/s",
                    Candidate = candidate,
                    Baseline = new("bare conditional puts", [.. all.Select(rates => rates.Raw)]),
                }
            );
        }

        return results;
    }

    /// <summary>Records per second of each variant.</summary>
    private sealed record Rates(double Plain, double Raw, double Projection);

    private static async Task<Rates> RoundAsync(WriteSide side, int records, int changes, CancellationToken cancellationToken)
    {
        await side.Commands.PutAsync(SampleCommands.New(), cancellationToken); // an empty stream has no end position
        await side.HoldAsync(cancellationToken);
        var reader = await side.ReaderAsync(cancellationToken);
        var before = await side.DoneAsync(cancellationToken);
        foreach (var generation in Backlog(records, changes).Chunk(UnderWay))
            await Task.WhenAll(generation.Select(record => side.Commands.PutAsync(record, cancellationToken)));

        var started = Stopwatch.GetTimestamp();
        var items = new List<Dictionary<string, AttributeValue>>(records);
        while (items.Count < records)
        {
            foreach (var record in await reader.ReadAsync(cancellationToken))
            {
                var item = WriteSide.Project(reader.Arn, record);
                items.Add(item);
                await side.Client.PutItemAsync(new PutItemRequest { TableName = PlainTable, Item = item }, cancellationToken);
            }
        }

        var plain = PerSecond(records, started);
        var raw = await RawAsync(side, items, cancellationToken);

        await side.ReleaseAsync(cancellationToken);
        started = Stopwatch.GetTimestamp();
        await WriteSide.UntilAsync(async () => await side.DoneAsync(cancellationToken) >= before + records, cancellationToken);
        return new(plain, raw, PerSecond(records, started));
    }

    /// <summary>The best result of several concurrencies, each on its share of the items.</summary>
    private static async Task<double> RawAsync(
        WriteSide side,
        List<Dictionary<string, AttributeValue>> items,
        CancellationToken cancellationToken
    )
    {
        var last = items.GroupBy(item => item[AttributeNames.TransactionId].S).Select(changes => changes.Last()).ToList();
        var gain = items.Count / (double)last.Count;
        var best = 0.0;
        foreach (var (concurrency, share) in Concurrencies.Zip(last.Chunk((last.Count + Concurrencies.Length - 1) / Concurrencies.Length)))
        {
            var started = Stopwatch.GetTimestamp();
            await Parallel.ForEachAsync(
                share,
                new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = cancellationToken },
                async (item, token) => await side.Client.PutItemAsync(WriteSide.ConditionalPut(RawTable, item), token)
            );
            best = Math.Max(best, PerSecond(share.Length, started) * gain);
        }

        return best;
    }

    /// <summary>
    /// Commands and their changes, <see cref="UnderWay"/> of them concurrently. A chunk of that size contains no item twice.
    /// </summary>
    private static IEnumerable<CommandRecord> Backlog(int records, int changes)
    {
        for (var made = 0; made < records; )
        {
            var generation = Enumerable.Range(0, UnderWay).Select(_ => SampleCommands.New()).ToList();
            for (var change = 0; change < changes; change++)
            {
                foreach (var record in generation)
                {
                    if (made++ >= records)
                        yield break;
                    yield return record with
                    {
                        Status = NotificationStatus.Pending + change,
                    };
                }
            }
        }
    }

    private static double PerSecond(int records, long started) => records / Stopwatch.GetElapsedTime(started).TotalSeconds;
}
