using Amazon.DynamoDBStreams;
using Amazon.DynamoDBStreams.Model;
using Amazon.Runtime;
using NotifyQuery.Operations.Failures;
using Record = Amazon.DynamoDBStreams.Model.Record;

namespace NotifyQuery.Tests.Operations;

/// <summary>A batch that is no longer retried counts as read again only when all of it was.</summary>
public sealed class StreamRangeTests
{
    private static readonly GivenUpBatch Batch = new(
        "RetryAttemptsExhausted",
        5,
        "arn:aws:dynamodb:us-east-1:1:table/t/stream/s",
        "shardId-1",
        "100",
        "102",
        3,
        "2026-11-22T08:15:30.123Z"
    );

    [Fact]
    public async Task The_records_of_a_batch_are_read_to_its_end_over_several_pages() =>
        Assert.Equal(["100", "101", "102"], await ReadAsync(["100"], [], ["101", "102", "103"]));

    [Fact]
    public async Task A_record_behind_the_end_shows_that_the_end_was_passed() =>
        Assert.Equal(["100", "101"], await ReadAsync(["100", "101", "103"]));

    [Fact]
    public async Task A_shard_that_ends_before_the_batch_is_reported_and_not_mistaken_for_the_whole_batch()
    {
        var exception = await Assert.ThrowsAsync<StreamTrimmedException>(() => ReadAsync(["100", "101"]));

        Assert.Equal("shardId-1 ended before 102", exception.Message);
    }

    /// <summary>Reads the batch from a shard that answers these pages, and then ends.</summary>
    private static async Task<List<string>> ReadAsync(params string[][] pages)
    {
        using var streams = new Shard(pages);
        var read = new List<string>();
        await foreach (var record in new StreamRange(streams, TimeProvider.System).ReadAsync(Batch, TestContext.Current.CancellationToken))
            read.Add(record.Dynamodb.SequenceNumber);
        return read;
    }

    private sealed class Shard(string[][] pages)
        : AmazonDynamoDBStreamsClient(
            new BasicAWSCredentials("test", "test"),
            new AmazonDynamoDBStreamsConfig { ServiceURL = "http://127.0.0.1:1" }
        )
    {
        private int page;

        public override Task<GetShardIteratorResponse> GetShardIteratorAsync(
            GetShardIteratorRequest request,
            CancellationToken cancellationToken = default
        ) => Task.FromResult(new GetShardIteratorResponse { ShardIterator = "first" });

        public override Task<GetRecordsResponse> GetRecordsAsync(
            GetRecordsRequest request,
            CancellationToken cancellationToken = default
        ) =>
            Task.FromResult(
                new GetRecordsResponse
                {
                    Records = [.. pages[page].Select(number => new Record { Dynamodb = new() { SequenceNumber = number } })],
                    NextShardIterator = ++page < pages.Length ? "next" : null,
                }
            );
    }
}
