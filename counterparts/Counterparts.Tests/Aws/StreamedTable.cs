using Amazon.DynamoDBStreams;
using Amazon.DynamoDBStreams.Model;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Tests.Support;
using AttributeValue = Amazon.DynamoDBv2.Model.AttributeValue;
using TableKeySchema = Amazon.DynamoDBv2.Model.KeySchemaElement;

namespace Counterparts.Tests.Aws;

/// <summary>A table with a stream on the real engine, with the clients of both.</summary>
internal sealed class StreamedTable : IDisposable
{
    public const string TableName = "items";

    public StreamedTable(DynamoDbLocal engine)
    {
        var space = DynamoDbLocal.NewSpace();
        Tables = engine.Client(space);
        Streams = new(
            space,
            new AmazonDynamoDBStreamsConfig { ServiceURL = engine.Endpoint.ToString(), AuthenticationRegion = "us-east-1" }
        );
    }

    public AmazonDynamoDBClient Tables { get; }

    public AmazonDynamoDBStreamsClient Streams { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async Task<string> CreateTableAsync()
    {
        var created = await Tables.CreateTableAsync(
            new CreateTableRequest
            {
                TableName = TableName,
                BillingMode = BillingMode.PAY_PER_REQUEST,
                AttributeDefinitions = [new("id", ScalarAttributeType.S)],
                KeySchema = [new TableKeySchema("id", Amazon.DynamoDBv2.KeyType.HASH)],
                StreamSpecification = new() { StreamEnabled = true, StreamViewType = Amazon.DynamoDBv2.StreamViewType.NEW_AND_OLD_IMAGES },
            },
            Cancel
        );
        return created.TableDescription.LatestStreamArn;
    }

    public Task<PutItemResponse> PutAsync(string id, Dictionary<string, AttributeValue> item)
    {
        item["id"] = new(id);
        return Tables.PutItemAsync(TableName, item, Cancel);
    }

    public async Task<string> IteratorAsync(string stream, ShardIteratorType type, string? sequenceNumber = null)
    {
        var shard = (await Streams.DescribeStreamAsync(stream, Cancel)).StreamDescription.Shards.Single();
        var request = new GetShardIteratorRequest
        {
            StreamArn = stream,
            ShardId = shard.ShardId,
            ShardIteratorType = type,
            SequenceNumber = sequenceNumber,
        };
        return (await Streams.GetShardIteratorAsync(request, Cancel)).ShardIterator;
    }

    public async Task<List<Amazon.DynamoDBStreams.Model.Record>> ReadAsync(
        string stream,
        ShardIteratorType type,
        string? sequenceNumber = null
    ) => (await Streams.GetRecordsAsync(await IteratorAsync(stream, type, sequenceNumber), Cancel)).Records;

    public static IEnumerable<string> Ids(IEnumerable<Amazon.DynamoDBStreams.Model.Record> records) =>
        records.Select(record => record.Dynamodb.Keys["id"].S);

    public void Dispose()
    {
        Streams.Dispose();
        Tables.Dispose();
    }
}
