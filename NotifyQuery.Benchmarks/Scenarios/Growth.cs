using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Measuring;
using NotifyQuery.Operations.Seeding;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>Whether a page and a projected record cost the same however much the table holds.</summary>
internal sealed class Growth : Scenario
{
    public override string Name => "growth";

    public override string Title => "Growth";

    public override string How =>
        "Tables of a thousand to a million items side by side in one engine: a page of 20 by user, and a projected record, by the adapters that the functions "
        + "use, on each table in turn. Consumed capacity as the engine accounts for it (ReturnConsumedCapacity).";

    public override bool OnSeededSystem => true;

    public override async Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var seeded = await bench.SeededAsync(cancellationToken);
        using var client = new AccountingClient(seeded.System.Endpoint);
        var (rounds, perRound) = bench.Choose((7, 150), (3, 30));
        var query = new NotificationQuery { By = QueryKind.User, Value = Seeder.DeepUser };
        var results = new List<ScenarioResult>();

        bench.Say("pages");
        var pages = await InterleavedTiming.RunAsync(
            [.. seeded.Sizes.Select(size => new TimedWay(Label(size.Items), token => new DynamoDBNotificationReader(client, size.Tables).ReadAsync(query, token)))],
            bench.Choose(200, 20), rounds, perRound, bench.Time, cancellationToken);
        Compare("page", pages);
        await CapacityAsync("page", size => new DynamoDBNotificationReader(client, size).ReadAsync(query, cancellationToken));

        bench.Say("projected records");
        var written = 0;
        var records = await InterleavedTiming.RunAsync(
            [.. seeded.Sizes.Select(size => new TimedWay(Label(size.Items), token => ProjectAsync(size.Tables, Interlocked.Increment(ref written), token)))],
            bench.Choose(200, 20), rounds, perRound, bench.Time, cancellationToken);
        Compare("projected record", records);
        await CapacityAsync("projected record", size => ProjectAsync(size, Interlocked.Increment(ref written), cancellationToken));
        return results;

        void Compare(string what, IReadOnlyList<WayTimes> times)
        {
            var smallest = new Series(times[0].Name, times[0].OfRounds(0.5));
            foreach (var way in times.Skip(1))
            {
                results.Add(new()
                {
                    Name = $"{what}, {way.Name}", Unit = "ms", Candidate = new(way.Name, way.OfRounds(0.5)), Baseline = smallest,
                    Target = Target.RatioAtMost(1.25), // the same, within noise
                });
            }
        }

        async Task CapacityAsync(string what, Func<TableNames, Task> work)
        {
            Series? smallest = null;
            foreach (var (items, tables) in seeded.Sizes)
            {
                client.Reset();
                await work(tables);
                var units = new Series(Label(items), [client.Units]);
                if (smallest is not null)
                    results.Add(new() { Name = $"{what}, {Label(items)}", Unit = "capacity units", Candidate = units, Baseline = smallest, Target = Target.DifferenceAtMost(0) });
                smallest ??= units;
            }
        }

        async Task ProjectAsync(TableNames tables, int number, CancellationToken token)
        {
            var record = new CommandRecord
            {
                TransactionId = string.Create(CultureInfo.InvariantCulture, $"growth-{number:D8}"),
                CreatedAt = Timestamp.Format(seeded.Seed.Newest),
                UserId = string.Create(CultureInfo.InvariantCulture, $"growth-user-{number % 1000:D4}"),
                Channel = Channel.Email,
                Status = NotificationStatus.Sent,
                CampaignId = "growth-campaign",
                Title = "Your order is on its way",
                Body = "The parcel was handed to the carrier and arrives tomorrow.",
            };
            var result = await new DynamoDBProjectionStore(client, tables, bench.Time).WriteAsync(new ProjectionWrite.Put(record, default), token);
            if (result.Outcome is not WriteOutcome.Applied) throw new InvalidOperationException($"a projected record was not applied: {result.Outcome} {result.Reason}");
        }
    }

    private static string Label(int items) => string.Create(CultureInfo.InvariantCulture, $"{items:N0} items");

    /// <summary>Asks the engine for its account of each request, and adds up.</summary>
    private sealed class AccountingClient(Uri endpoint) : AmazonDynamoDBClient(
        new BasicAWSCredentials("test", "test"), new AmazonDynamoDBConfig { ServiceURL = endpoint.ToString(), AuthenticationRegion = "us-east-1" })
    {
        public double Units { get; private set; }

        public void Reset() => Units = 0;

        public override async Task<QueryResponse> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default)
        {
            request.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL;
            var response = await base.QueryAsync(request, cancellationToken);
            Units += response.ConsumedCapacity.CapacityUnits ?? 0;
            return response;
        }

        public override async Task<PutItemResponse> PutItemAsync(PutItemRequest request, CancellationToken cancellationToken = default)
        {
            request.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL;
            var response = await base.PutItemAsync(request, cancellationToken);
            Units += response.ConsumedCapacity.CapacityUnits ?? 0;
            return response;
        }
    }
}
