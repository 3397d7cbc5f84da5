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

/// <summary>Whether the cost of a page and of a projected record is independent of the number of items in the table.</summary>
internal sealed class Growth : Scenario
{
    public override string Name => "growth";

    public override string Title => "Growth";

    public override string How =>
        "Tables of a thousand to a million items, all of one campaign, side by side in one engine: a page of 20 by user, one of the "
        + "campaign, and a projected record, by the adapters that the functions "
        + "use, on each table in turn; and the campaign's first page beside its page 10,000. The units of the campaign's page are the "
        + "average of 20 pages, since each has other shares of the keys. Consumed capacity as the engine accounts for it "
        + "(ReturnConsumedCapacity).";

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
            [
                .. seeded.Sizes.Select(size => new TimedWay(
                    Label(size.Items),
                    token => new DynamoDBNotificationReader(client, size.Tables).ReadAsync(query, token)
                )),
            ],
            bench.Choose(200, 20),
            rounds,
            perRound,
            bench.Time,
            cancellationToken
        );
        Compare("page", pages);
        await CapacityAsync("page", size => new DynamoDBNotificationReader(client, size).ReadAsync(query, cancellationToken));

        bench.Say("pages of the campaign");
        var campaign = new NotificationQuery { By = QueryKind.Campaign, Value = "seed-campaign-0000" };
        Compare(
            "page of the campaign",
            await InterleavedTiming.RunAsync(
                [
                    .. seeded.Sizes.Select(size => new TimedWay(
                        Label(size.Items),
                        token => new DynamoDBNotificationReader(client, size.Tables).ReadAsync(campaign, token)
                    )),
                ],
                bench.Choose(100, 10),
                rounds,
                bench.Choose(50, 10),
                bench.Time,
                cancellationToken
            )
        );
        var first = new Series(Label(seeded.Sizes[0].Items), [await UnitsOfPagesAsync(seeded.Sizes[0].Tables, campaign)]);
        foreach (var (items, tables) in seeded.Sizes.Skip(1))
        {
            results.Add(
                new()
                {
                    Name = $"page of the campaign, {Label(items)}",
                    Unit = "capacity units",
                    Candidate = new(Label(items), [await UnitsOfPagesAsync(tables, campaign)]),
                    Baseline = first,
                    Target = Target.DifferenceAtMost(0.5), // one key more or less that had to be read again
                }
            );
        }

        var full = seeded.Sizes[^1].Tables;
        // The position of a page need not be the key of an existing item.
        var deep = campaign with
        {
            After = NotificationKey.Of("none", Timestamp.Format(seeded.Seed.Newest.AddDays(-0.2 * seeded.Seed.Days)), "none"),
        };
        var depths = await InterleavedTiming.RunAsync(
            [
                new("page 1", token => new DynamoDBNotificationReader(client, full).ReadAsync(campaign, token)),
                new("page 10,000", token => new DynamoDBNotificationReader(client, full).ReadAsync(deep, token)),
            ],
            bench.Choose(50, 10),
            rounds,
            bench.Choose(50, 10),
            bench.Time,
            cancellationToken
        );
        Compare("page of the campaign", depths);
        results.Add(
            new()
            {
                Name = "page of the campaign, page 10,000",
                Unit = "capacity units",
                Candidate = new("page 10,000", [await UnitsOfPagesAsync(full, deep)]),
                Baseline = new("page 1", [await UnitsOfPagesAsync(full, campaign)]),
                Target = Target.DifferenceAtMost(0.5),
            }
        );

        bench.Say("projected records");
        var written = 0;
        var records = await InterleavedTiming.RunAsync(
            [
                .. seeded.Sizes.Select(size => new TimedWay(
                    Label(size.Items),
                    token => ProjectAsync(size.Tables, Interlocked.Increment(ref written), token)
                )),
            ],
            bench.Choose(200, 20),
            rounds,
            perRound,
            bench.Time,
            cancellationToken
        );
        Compare("projected record", records);
        await CapacityAsync("projected record", size => ProjectAsync(size, Interlocked.Increment(ref written), cancellationToken));
        return results;

        void Compare(string what, IReadOnlyList<WayTimes> times)
        {
            var smallest = new Series(times[0].Name, times[0].OfRounds(0.5));
            foreach (var way in times.Skip(1))
            {
                results.Add(
                    new()
                    {
                        Name = $"{what}, {way.Name}",
                        Unit = "ms",
                        Candidate = new(way.Name, way.OfRounds(0.5)),
                        Baseline = smallest,
                        Target = Target.RatioAtMost(1.25), // equal, within noise
                    }
                );
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
                    results.Add(
                        new()
                        {
                            Name = $"{what}, {Label(items)}",
                            Unit = "capacity units",
                            Candidate = units,
                            Baseline = smallest,
                            Target = Target.DifferenceAtMost(0),
                        }
                    );
                smallest ??= units;
            }
        }

        async Task<double> UnitsOfPagesAsync(TableNames tables, NotificationQuery start)
        {
            const int Pages = 20;
            client.Reset();
            var next = start;
            for (var page = 0; page < Pages; page++)
                next = next with { After = (await new DynamoDBNotificationReader(client, tables).ReadAsync(next, cancellationToken)).Next };
            return client.Units / Pages;
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
            var result = await new DynamoDBProjectionStore(client, tables, bench.Time).WriteAsync(
                new ProjectionWrite.Put(record, default),
                token
            );
            if (result.Outcome is not WriteOutcome.Applied)
                throw new InvalidOperationException($"a projected record was not applied: {result.Outcome} {result.Reason}");
        }
    }

    private static string Label(int items) => string.Create(CultureInfo.InvariantCulture, $"{items:N0} items");

    /// <summary>Requests the consumed capacity with each request, and adds it up.</summary>
    private sealed class AccountingClient(Uri endpoint)
        : AmazonDynamoDBClient(
            new BasicAWSCredentials("test", "test"),
            new AmazonDynamoDBConfig { ServiceURL = endpoint.ToString(), AuthenticationRegion = "us-east-1" }
        )
    {
        private readonly Lock turn = new();
        private double units;

        public double Units => units;

        public void Reset() => units = 0;

        public override async Task<QueryResponse> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default)
        {
            request.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL;
            var response = await base.QueryAsync(request, cancellationToken);
            Add(response.ConsumedCapacity);
            return response;
        }

        public override async Task<PutItemResponse> PutItemAsync(PutItemRequest request, CancellationToken cancellationToken = default)
        {
            request.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL;
            var response = await base.PutItemAsync(request, cancellationToken);
            Add(response.ConsumedCapacity);
            return response;
        }

        // The keys of a page are read in parallel.
        private void Add(ConsumedCapacity consumed)
        {
            lock (turn)
                units += consumed.CapacityUnits ?? 0;
        }
    }
}
