using Amazon.DynamoDBStreams;
using Amazon.DynamoDBStreams.Model;
using NotifyQuery.Tests.Support;
using static Counterparts.Tests.Aws.StreamedTable;

namespace Counterparts.Tests.Aws;

/// <summary>The streams client against the real engine: streams, iterators and pages of records.</summary>
public sealed class StreamsOnDynamoDbLocalTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>, IDisposable
{
    private readonly StreamedTable items = new(engine);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_iterator_starts_where_its_type_says()
    {
        var table = await items.CreateTableAsync();
        foreach (var id in (string[])["a", "b", "c"])
            await items.PutAsync(id, []);
        var all = await items.ReadAsync(table, ShardIteratorType.TRIM_HORIZON);
        var second = all[1].Dynamodb.SequenceNumber;
        var latest = await items.IteratorAsync(table, ShardIteratorType.LATEST);
        await items.PutAsync("d", []);

        Assert.Equal(["a", "b", "c"], Ids(all));
        Assert.Equal(["b", "c", "d"], Ids(await items.ReadAsync(table, ShardIteratorType.AT_SEQUENCE_NUMBER, second)));
        Assert.Equal(["c", "d"], Ids(await items.ReadAsync(table, ShardIteratorType.AFTER_SEQUENCE_NUMBER, second)));
        Assert.Equal(["d"], Ids((await items.Streams.GetRecordsAsync(latest, Cancel)).Records));
    }

    [Fact]
    public async Task Records_come_in_pages_of_the_limit_until_there_are_none()
    {
        var table = await items.CreateTableAsync();
        foreach (var id in (string[])["a", "b", "c"])
            await items.PutAsync(id, []);

        var first = await items.Streams.GetRecordsAsync(
            new GetRecordsRequest { ShardIterator = await items.IteratorAsync(table, ShardIteratorType.TRIM_HORIZON), Limit = 2 },
            Cancel
        );
        var second = await items.Streams.GetRecordsAsync(
            new GetRecordsRequest { ShardIterator = first.NextShardIterator, Limit = 2 },
            Cancel
        );
        var third = await items.Streams.GetRecordsAsync(
            new GetRecordsRequest { ShardIterator = second.NextShardIterator, Limit = 2 },
            Cancel
        );

        Assert.Equal(["a", "b"], Ids(first.Records));
        Assert.Equal(["c"], Ids(second.Records));
        Assert.Empty(third.Records);
        Assert.NotNull(third.NextShardIterator);
    }

    [Fact]
    public async Task A_stream_is_listed_and_described()
    {
        var arn = await items.CreateTableAsync();

        var listed = await items.Streams.ListStreamsAsync(new ListStreamsRequest { TableName = TableName, Limit = 10 }, Cancel);
        var stream = (await items.Streams.DescribeStreamAsync(arn, Cancel)).StreamDescription;

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
        var table = await items.CreateTableAsync();
        var shard = (await items.Streams.DescribeStreamAsync(table, Cancel)).StreamDescription.Shards.Single().ShardId;

        await Assert.ThrowsAsync<ResourceNotFoundException>(() => items.Streams.DescribeStreamAsync(table[..^1] + "x", Cancel));
        await Assert.ThrowsAsync<ResourceNotFoundException>(() =>
            items.Streams.GetShardIteratorAsync(
                new GetShardIteratorRequest
                {
                    StreamArn = table,
                    ShardId = shard[..^4] + "0000",
                    ShardIteratorType = ShardIteratorType.LATEST,
                },
                Cancel
            )
        );
        var unknown = await Assert.ThrowsAsync<AmazonDynamoDBStreamsException>(() => items.Streams.GetRecordsAsync("unknown", Cancel));
        Assert.Equal("ValidationException", unknown.ErrorCode);
    }

    public void Dispose() => items.Dispose();
}
