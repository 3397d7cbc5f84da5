using System.Collections.Concurrent;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>A table of which every request of the reader is seen, with what it cost.</summary>
internal sealed class WatchedTable : IDisposable
{
    private readonly LocalTables tables;
    private readonly Watch watch;

    private WatchedTable(LocalTables tables, Watch watch, int items) => (this.tables, this.watch, Items) = (tables, watch, items);

    public int Items { get; }

    public IEnumerable<string> Requests => watch.Requests;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<WatchedTable> CreateAsync(
        DynamoDbLocal engine,
        Func<KeySpread, IEnumerable<Dictionary<string, AttributeValue>>> of,
        int keys
    )
    {
        var tables = await LocalTables.CreateAsync(engine, Token, keys);
        var items = of(tables.Names.KeySpread).ToList();
        var size = items[0][AttributeNames.Body].S.Length > 1000 ? 1 : 25;
        await Parallel.ForEachAsync(
            items.Chunk(size),
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token },
            async (chunk, token) =>
                Assert.Empty(
                    (
                        await tables.Client.BatchWriteItemAsync(
                            new BatchWriteItemRequest
                            {
                                RequestItems = new()
                                {
                                    [tables.Names.NotificationRecords] = [.. chunk.Select(item => new WriteRequest(new PutRequest(item)))],
                                },
                            },
                            token
                        )
                    ).UnprocessedItems
                        ?? []
                )
        );
        return new(tables, new(engine, tables.Space), items.Count);
    }

    public async Task<Reading> ReadAsync(NotificationQuery query)
    {
        watch.Answers.Clear();
        var page = await new DynamoDBNotificationReader(watch, tables.Names).ReadAsync(query, Token);
        return new(
            page,
            watch.Answers.Count,
            watch.Answers.Sum(a => a.ScannedCount ?? 0),
            watch.Answers.Sum(a => a.ConsumedCapacity.CapacityUnits ?? 0),
            watch.AtOnce
        );
    }

    public void Dispose()
    {
        watch.Dispose();
        tables.Dispose();
    }

    private sealed class Watch : AmazonDynamoDBClient
    {
        private int underWay;

        public Watch(DynamoDbLocal engine, AWSCredentials space)
            : base(space, new AmazonDynamoDBConfig { ServiceURL = engine.Endpoint.ToString(), AuthenticationRegion = "us-east-1" }) =>
            BeforeRequestEvent += (_, e) => Requests.Enqueue(((WebServiceRequestEventArgs)e).Headers["X-Amz-Target"].Split('.')[^1]);

        public ConcurrentQueue<string> Requests { get; } = new();

        public ConcurrentBag<QueryResponse> Answers { get; } = [];

        public int AtOnce { get; private set; }

        public override async Task<QueryResponse> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default)
        {
            request.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL;
            AtOnce = Math.Max(AtOnce, Interlocked.Increment(ref underWay));
            try
            {
                var answer = await base.QueryAsync(request, cancellationToken);
                Answers.Add(answer);
                return answer;
            }
            finally
            {
                Interlocked.Decrement(ref underWay);
            }
        }
    }
}

/// <summary>A page, with what the reads for it cost.</summary>
internal sealed record Reading(NotificationPage Page, int Queries, int Examined, double Capacity, int AtOnce);
