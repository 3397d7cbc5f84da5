using Amazon.DynamoDBStreams;
using Amazon.DynamoDBStreams.Model;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Tests.Support;
using AttributeValue = Amazon.DynamoDBv2.Model.AttributeValue;
using KeyType = Amazon.DynamoDBStreams.KeyType;
using ResourceNotFoundException = Amazon.DynamoDBStreams.Model.ResourceNotFoundException;
using StreamViewType = Amazon.DynamoDBStreams.StreamViewType;
using TableKeySchema = Amazon.DynamoDBv2.Model.KeySchemaElement;

namespace Counterparts.Tests.Aws;

/// <summary>The streams client against the real engine: items written through the real DynamoDB client are read as records.</summary>
public sealed class StreamsOnDynamoDbLocalTests : IClassFixture<DynamoDbLocal>, IDisposable
{
    private readonly AmazonDynamoDBClient tables;
    private readonly AmazonDynamoDBStreamsClient streams;

    public StreamsOnDynamoDbLocalTests(DynamoDbLocal engine)
    {
        var space = DynamoDbLocal.NewSpace();
        tables = engine.Client(space);
        streams = new(
            space,
            new AmazonDynamoDBStreamsConfig { ServiceURL = engine.Endpoint.ToString(), AuthenticationRegion = "us-east-1" }
        );
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_type_of_attribute_survives_also_when_it_is_empty()
    {
        var table = await CreateTableAsync();
        await PutAsync(
            "all",
            new()
            {
                ["S"] = new() { S = "žluťoučký \"kůň\" \u0001" },
                ["EmptyS"] = new() { S = "" },
                ["N"] = new() { N = "-12345678901234567890.12345678" },
                ["B"] = new() { B = new MemoryStream([0, 1, 254, 255]) },
                ["EmptyB"] = new() { B = new MemoryStream() },
                ["True"] = new() { BOOL = true },
                ["False"] = new() { BOOL = false },
                ["Null"] = new() { NULL = true },
                ["M"] = new()
                {
                    M = new() { ["inner"] = new() { M = new() { ["L"] = new() { L = [new() { N = "1" }, new() { S = "two" }] } } } },
                },
                ["EmptyM"] = new() { M = [], IsMSet = true },
                ["L"] = new() { L = [new() { S = "a" }, new() { BOOL = false }, new() { NULL = true }, new() { L = [], IsLSet = true }] },
                ["EmptyL"] = new() { L = [], IsLSet = true },
                ["SS"] = new() { SS = ["a", "b"] },
                ["NS"] = new() { NS = ["1", "2.5"] },
                ["BS"] = new() { BS = [new MemoryStream([1]), new MemoryStream([2, 3])] },
            }
        );

        var record = Assert.Single(await ReadAsync(table, ShardIteratorType.TRIM_HORIZON));

        Assert.Equal(OperationType.INSERT, record.EventName);
        Assert.Equal("aws:dynamodb", record.EventSource);
        Assert.Equal("all", record.Dynamodb.Keys["id"].S);
        var image = record.Dynamodb.NewImage;
        Assert.Equal(16, image.Count);
        Assert.Equal("žluťoučký \"kůň\" \u0001", image["S"].S);
        Assert.Equal("", image["EmptyS"].S);
        Assert.Equal("-12345678901234567890.12345678", image["N"].N);
        Assert.Equal([0, 1, 254, 255], image["B"].B.ToArray());
        Assert.Empty(image["EmptyB"].B.ToArray());
        Assert.True(image["True"].BOOL);
        Assert.False(image["False"].BOOL);
        Assert.True(image["Null"].NULL);
        Assert.Equal(["1", null], image["M"].M["inner"].M["L"].L.Select(value => value.N));
        Assert.Equal("two", image["M"].M["inner"].M["L"].L[1].S);
        Assert.Empty(image["EmptyM"].M);
        Assert.Equal(["a", null, null, null], image["L"].L.Select(value => value.S));
        Assert.Empty(image["L"].L[3].L);
        Assert.Empty(image["EmptyL"].L);
        Assert.Equal(["a", "b"], image["SS"].SS.Order());
        Assert.Equal(["1", "2.5"], image["NS"].NS.Order());
        Assert.Equal(
            [
                [1],
                [2, 3],
            ],
            image["BS"].BS.Select(binary => binary.ToArray()).OrderBy(binary => binary[0])
        );
        // The members of other types are not set.
        Assert.Null(image["S"].N);
        Assert.Null(image["S"].BOOL);
        Assert.Null(image["S"].L);
        Assert.Null(image["S"].M);
        Assert.Null(image["S"].SS);
        Assert.Null(image["Null"].BOOL);
    }

    [Fact]
    public async Task A_change_and_a_removal_have_the_images_they_should()
    {
        var table = await CreateTableAsync();
        await PutAsync("x", new() { ["v"] = new("1") });
        await PutAsync("x", new() { ["v"] = new("2") });
        await tables.DeleteItemAsync(TableName, new() { ["id"] = new("x") }, Cancel);

        var records = await ReadAsync(table, ShardIteratorType.TRIM_HORIZON);

        Assert.Equal([OperationType.INSERT, OperationType.MODIFY, OperationType.REMOVE], records.Select(record => record.EventName));
        Assert.Equal([null, "1", "2"], records.Select(record => record.Dynamodb.OldImage?["v"].S));
        Assert.Equal(["1", "2", null], records.Select(record => record.Dynamodb.NewImage?["v"].S));
        Assert.All(
            records,
            record =>
                Assert.InRange(
                    record.Dynamodb.ApproximateCreationDateTime!.Value,
                    DateTime.UtcNow.AddMinutes(-5),
                    DateTime.UtcNow.AddMinutes(1)
                )
        );
        Assert.All(records, record => Assert.Equal(StreamViewType.NEW_AND_OLD_IMAGES, record.Dynamodb.StreamViewType));
        Assert.All(records, record => Assert.True(record.Dynamodb.SizeBytes > 0));
        Assert.Equal(3, records.Select(record => record.Dynamodb.SequenceNumber).Distinct().Count());
    }

    [Fact]
    public async Task An_iterator_starts_where_its_type_says()
    {
        var table = await CreateTableAsync();
        foreach (var id in (string[])["a", "b", "c"])
            await PutAsync(id, []);
        var all = await ReadAsync(table, ShardIteratorType.TRIM_HORIZON);
        var second = all[1].Dynamodb.SequenceNumber;
        var latest = await IteratorAsync(table, ShardIteratorType.LATEST);
        await PutAsync("d", []);

        Assert.Equal(["a", "b", "c"], Ids(all));
        Assert.Equal(["b", "c", "d"], Ids(await ReadAsync(table, ShardIteratorType.AT_SEQUENCE_NUMBER, second)));
        Assert.Equal(["c", "d"], Ids(await ReadAsync(table, ShardIteratorType.AFTER_SEQUENCE_NUMBER, second)));
        Assert.Equal(["d"], Ids((await streams.GetRecordsAsync(latest, Cancel)).Records));
    }

    [Fact]
    public async Task Records_come_in_pages_of_the_limit_until_there_are_none()
    {
        var table = await CreateTableAsync();
        foreach (var id in (string[])["a", "b", "c"])
            await PutAsync(id, []);

        var first = await streams.GetRecordsAsync(
            new GetRecordsRequest { ShardIterator = await IteratorAsync(table, ShardIteratorType.TRIM_HORIZON), Limit = 2 },
            Cancel
        );
        var second = await streams.GetRecordsAsync(new GetRecordsRequest { ShardIterator = first.NextShardIterator, Limit = 2 }, Cancel);
        var third = await streams.GetRecordsAsync(new GetRecordsRequest { ShardIterator = second.NextShardIterator, Limit = 2 }, Cancel);

        Assert.Equal(["a", "b"], Ids(first.Records));
        Assert.Equal(["c"], Ids(second.Records));
        Assert.Empty(third.Records);
        Assert.NotNull(third.NextShardIterator);
    }

    [Fact]
    public async Task A_stream_is_listed_and_described()
    {
        var arn = await CreateTableAsync();

        var listed = await streams.ListStreamsAsync(new ListStreamsRequest { TableName = TableName, Limit = 10 }, Cancel);
        var stream = (await streams.DescribeStreamAsync(arn, Cancel)).StreamDescription;

        Assert.Equal(arn, Assert.Single(listed.Streams).StreamArn);
        Assert.Equal(TableName, listed.Streams[0].TableName);
        Assert.Equal(arn, stream.StreamArn);
        Assert.Equal(StreamStatus.ENABLED, stream.StreamStatus);
        Assert.Equal(StreamViewType.NEW_AND_OLD_IMAGES, stream.StreamViewType);
        Assert.Equal(KeyType.HASH, Assert.Single(stream.KeySchema).KeyType);
        Assert.Equal("id", stream.KeySchema[0].AttributeName);
        Assert.NotNull(Assert.Single(stream.Shards).SequenceNumberRange.StartingSequenceNumber);
        Assert.Null(stream.Shards[0].SequenceNumberRange.EndingSequenceNumber);
        Assert.Null(stream.LastEvaluatedShardId);
        Assert.InRange(stream.CreationRequestDateTime!.Value, DateTime.UtcNow.AddMinutes(-5), DateTime.UtcNow.AddMinutes(1));
    }

    [Fact]
    public async Task An_unknown_stream_or_shard_has_an_error_of_its_own()
    {
        var table = await CreateTableAsync();
        var shard = (await streams.DescribeStreamAsync(table, Cancel)).StreamDescription.Shards.Single().ShardId;

        await Assert.ThrowsAsync<ResourceNotFoundException>(() => streams.DescribeStreamAsync(table[..^1] + "x", Cancel));
        await Assert.ThrowsAsync<ResourceNotFoundException>(() =>
            streams.GetShardIteratorAsync(
                new GetShardIteratorRequest
                {
                    StreamArn = table,
                    ShardId = shard[..^4] + "0000",
                    ShardIteratorType = ShardIteratorType.LATEST,
                },
                Cancel
            )
        );
        var unknown = await Assert.ThrowsAsync<AmazonDynamoDBStreamsException>(() => streams.GetRecordsAsync("unknown", Cancel));
        Assert.Equal("ValidationException", unknown.ErrorCode);
    }

    public void Dispose()
    {
        streams.Dispose();
        tables.Dispose();
    }

    private const string TableName = "items";

    private async Task<string> CreateTableAsync()
    {
        var created = await tables.CreateTableAsync(
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

    private Task<PutItemResponse> PutAsync(string id, Dictionary<string, AttributeValue> item)
    {
        item["id"] = new(id);
        return tables.PutItemAsync(TableName, item, Cancel);
    }

    private async Task<string> IteratorAsync(string stream, ShardIteratorType type, string? sequenceNumber = null)
    {
        var shard = (await streams.DescribeStreamAsync(stream, Cancel)).StreamDescription.Shards.Single();
        var request = new GetShardIteratorRequest
        {
            StreamArn = stream,
            ShardId = shard.ShardId,
            ShardIteratorType = type,
            SequenceNumber = sequenceNumber,
        };
        return (await streams.GetShardIteratorAsync(request, Cancel)).ShardIterator;
    }

    private async Task<List<Amazon.DynamoDBStreams.Model.Record>> ReadAsync(
        string stream,
        ShardIteratorType type,
        string? sequenceNumber = null
    ) => (await streams.GetRecordsAsync(await IteratorAsync(stream, type, sequenceNumber), Cancel)).Records;

    private static IEnumerable<string> Ids(IEnumerable<Amazon.DynamoDBStreams.Model.Record> records) =>
        records.Select(record => record.Dynamodb.Keys["id"].S);
}
