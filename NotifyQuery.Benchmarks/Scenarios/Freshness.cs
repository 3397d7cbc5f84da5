using System.Diagnostics;
using System.Globalization;
using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Benchmarks.Running;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.Measuring;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>The time from the commit of a command until a read returns its notification.</summary>
internal sealed class Freshness : Scenario
{
    private const string RawTable = "benchmark-raw";
    private const int MostWrites = 32;
    private const int WritesPerPoll = 5;

    public override string Name => "freshness";

    public override string Title => "Freshness";

    public override string How =>
        "Commands are written at a steady rate. One of them at a time is watched: from the answer to its PutItem to the answer of the "
        + "first GetItem that returns its notification, sent back to back. It is compared with the sum of one read of the stream and one "
        + "conditional put, each measured alone while the event source is held back. Telemetry is on, as a developer runs the system.";

    public override async Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        await using var side = await WriteSide.StartAsync(cancellationToken);
        await side.CreateQueryTableAsync(RawTable, cancellationToken);
        bench.Say("warming up");
        await WatchAsync(side, 100, TimeSpan.FromSeconds(bench.Choose(15, 5)), cancellationToken);
        await BareAsync(side, bench.Choose(300, 50), cancellationToken);

        var rates = (int[])[1, 100, 1000];
        var (p50, p99) = (
            rates.ToDictionary(rate => rate, _ => new List<double>()),
            rates.ToDictionary(rate => rate, _ => new List<double>())
        );
        var (bare, polled, reached) = (new List<double>(), new List<double>(), new Dictionary<int, double>());
        for (var round = 0; round < bench.Choose(5, 2); round++)
        {
            bare.Add(await BareAsync(side, bench.Choose(300, 50), cancellationToken));
            polled.Add(await PolledAsync(side, bench.Choose(10, 4), bench.Time, cancellationToken));
            foreach (var rate in rates)
            {
                bench.Say(string.Create(CultureInfo.InvariantCulture, $"round {round + 1}, {rate} writes/s"));
                var (delays, perSecond) = await WatchAsync(
                    side,
                    rate,
                    TimeSpan.FromSeconds(rate == 1 ? bench.Choose(20, 6) : bench.Choose(8, 3)),
                    cancellationToken
                );
                await side.CatchUpAsync(SampleCommands.New(), cancellationToken); // the backlog of one rate must not affect the next
                p50[rate].Add(Percentile.Of(delays, 0.5));
                p99[rate].Add(Percentile.Of(delays, 0.99));
                reached[rate] = perSecond;
            }
        }

        return
        [
            .. rates.SelectMany(rate =>
                (ScenarioResult[])
                    [
                        new()
                        {
                            Name = $"p50 at {rate} writes/s",
                            Unit = "ms",
                            Candidate = new("commit until visible", p50[rate]),
                            Baseline = new("one read and one put alone", bare),
                            Target = rate == 1000 ? null : Target.RatioAtMost(3),
                            Note =
                                reached[rate] < rate * 0.95
                                    ? string.Create(
                                        CultureInfo.InvariantCulture,
                                        $"the engine took {reached[rate]:0} writes/s in the last round"
                                    )
                                    : null,
                        },
                        new()
                        {
                            Name = $"p99 at {rate} writes/s",
                            Unit = "ms",
                            Candidate = new("commit until visible", p99[rate]),
                            Target = rate == 1000 ? null : Target.ValueAtMost(100),
                        },
                    ]
            ),
            new()
            {
                Name = "p50 at 1 writes/s, beside a poller",
                Unit = "ms",
                Candidate = new("a poller that asks once a second", polled),
                Baseline = new("commit until visible", p50[1]),
                Target = Target.RatioAtLeast(50),
            },
        ];
    }

    /// <summary>
    /// The median time from the commit of a command until a consumer that asks the stream once a second has put it. It finds what changed
    /// as cheaply as possible; a poller without a stream would query the table.
    /// </summary>
    private static async Task<double> PolledAsync(WriteSide side, int seconds, TimeProvider time, CancellationToken cancellationToken)
    {
        var reader = await HoldAsync(side, cancellationToken);
        var (committed, delays, random) = (new Dictionary<string, long>(), new List<double>(), new Random(1));
        var started = time.GetTimestamp();
        for (var second = 1; second <= seconds; second++)
        {
            foreach (var moment in Enumerable.Range(0, WritesPerPoll).Select(_ => second - random.NextDouble()).Order().ToList())
            {
                await UntilAsync(moment);
                var command = SampleCommands.New();
                await side.Commands.PutAsync(command, cancellationToken);
                committed[command.TransactionId] = time.GetTimestamp();
            }

            await UntilAsync(second);
            foreach (var record in await reader.ReadAsync(cancellationToken))
            {
                var put = WriteSide.ConditionalPut(RawTable, WriteSide.Project(reader.Arn, record));
                await side.Client.PutItemAsync(put, cancellationToken);
                var at = committed[record.Dynamodb.Keys[AttributeNames.TransactionId].S];
                delays.Add(time.GetElapsedTime(at).TotalMilliseconds);
            }
        }

        await ReleaseAsync(side, cancellationToken);
        return Percentile.Of(delays, 0.5);

        async Task UntilAsync(double moment)
        {
            if (TimeSpan.FromSeconds(moment) - time.GetElapsedTime(started) is var early && early > TimeSpan.Zero)
                await Task.Delay(early, time, cancellationToken);
        }
    }

    /// <summary>The median of a stream read that returns one record, plus the median of its conditional put.</summary>
    private static async Task<double> BareAsync(WriteSide side, int times, CancellationToken cancellationToken)
    {
        var reader = await HoldAsync(side, cancellationToken);
        var (reads, puts) = (new List<double>(), new List<double>());
        while (puts.Count < times)
        {
            await side.Commands.PutAsync(SampleCommands.New(), cancellationToken);
            var started = Stopwatch.GetTimestamp();
            var records = await reader.ReadAsync(cancellationToken);
            if (records.Count == 0)
                continue;
            reads.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            var put = WriteSide.ConditionalPut(RawTable, WriteSide.Project(reader.Arn, records[0]));
            started = Stopwatch.GetTimestamp();
            await side.Client.PutItemAsync(put, cancellationToken);
            puts.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        await ReleaseAsync(side, cancellationToken);
        return Percentile.Of(reads, 0.5) + Percentile.Of(puts, 0.5);
    }

    /// <summary>Holds the event source back. Returns a reader of everything written from now on.</summary>
    private static async Task<CommandStream> HoldAsync(WriteSide side, CancellationToken cancellationToken)
    {
        await side.Commands.PutAsync(SampleCommands.New(), cancellationToken); // an empty stream has no end position
        await side.HoldAsync(cancellationToken);
        return await side.ReaderAsync(cancellationToken);
    }

    private static async Task ReleaseAsync(WriteSide side, CancellationToken cancellationToken)
    {
        await side.ReleaseAsync(cancellationToken);
        await side.CatchUpAsync(SampleCommands.New(), cancellationToken); // the backlog must not affect what is measured next
    }

    private static async Task<(List<double> Delays, double PerSecond)> WatchAsync(
        WriteSide side,
        int rate,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        var delays = new List<double>();
        var watching = 0;
        var writes = new List<Task>();
        using var room = new SemaphoreSlim(MostWrites);
        var started = Stopwatch.GetTimestamp();
        var written = 0;
        var random = new Random(1);
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            // Random, to avoid a phase lock with other periodic work.
            var due = TimeSpan.FromSeconds((written + (random.NextDouble() / 2)) / rate);
            if (due - Stopwatch.GetElapsedTime(started) is var early && early > TimeSpan.Zero)
                await Task.Delay(early, cancellationToken);
            await room.WaitAsync(cancellationToken);
            written++;
            writes.RemoveAll(write => write.IsCompletedSuccessfully);
            writes.Add(WriteAsync());
        }

        var perSecond = written / Stopwatch.GetElapsedTime(started).TotalSeconds;
        await Task.WhenAll(writes);
        return (delays, perSecond);

        async Task WriteAsync()
        {
            var command = SampleCommands.New();
            try
            {
                await side.Commands.PutAsync(command, cancellationToken);
            }
            finally
            {
                room.Release();
            }

            if (Interlocked.CompareExchange(ref watching, 1, 0) != 0)
                return;
            var committed = Stopwatch.GetTimestamp();
            await Projected.WaitAsync(side.Client, new(), command, TimeSpan.Zero, cancellationToken);
            delays.Add(Stopwatch.GetElapsedTime(committed).TotalMilliseconds);
            Volatile.Write(ref watching, 0);
        }
    }
}
