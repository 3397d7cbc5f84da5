using System.Net;
using System.Text;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Adapters;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What LocalStack and AWS say in a stream that DynamoDB Local never does, over the wire.</summary>
public sealed class ScriptedStreamTests
{
    private const string Stream = "arn:aws:dynamodb:us-east-1:000000000000:table/command-records/stream/2026-01-02T03:04:05.678";

    // What DynamoDB Local calls the same stream, inside LocalStack: its provider v2 hands these on.
    private const string InternalIterator =
        "000|arn:aws:dynamodb:ddblocal:000000000000:table/us-east-1_command-records/stream/"
        + "2026-01-02T03:04:05.678|MDAwMDAwMDAwMDAwMDAwMDAwMDE=";

    // LocalStack's default provider takes its sequence numbers from Kinesis.
    private const string LongNumber = "49657190286462185917270293480917561270934817250912345678";

    [Theory]
    [InlineData("ExpiredIteratorException", "The shard iterator has expired", nameof(StreamFault.IteratorExpired))]
    // one of another engine, or of its life before a restart
    [InlineData("ValidationException", "Invalid ShardIterator", nameof(StreamFault.IteratorExpired))]
    [InlineData("TrimmedDataAccessException", "The data was removed", nameof(StreamFault.Trimmed))]
    // its table was deleted
    [InlineData("ResourceNotFoundException", "Requested resource not found: Stream not found", nameof(StreamFault.Gone))]
    public async Task An_iterator_that_no_longer_leads_anywhere_is_told_by_its_cause(string errorCode, string message, string fault)
    {
        await using var engine = ScriptedEngine.Failing(HttpStatusCode.BadRequest, errorCode, message);
        using var tables = engine.Client();
        using var streams = engine.Streams();

        var exception = await Assert.ThrowsAsync<StreamException>(() =>
            new DynamoDBChangeStream(tables, streams).ReadAsync(Stream, "iterator", TestContext.Current.CancellationToken)
        );

        Assert.Equal(fault, exception.Fault.ToString());
    }

    [Fact]
    public async Task An_iterator_is_handed_back_as_it_came_whatever_stream_it_names()
    {
        await using var engine = ScriptedEngine.Answering(
            HttpStatusCode.OK,
            $$"""{"Records":[],"NextShardIterator":"{{InternalIterator}}"}"""
        );
        using var tables = engine.Client();
        using var streams = engine.Streams();

        var page = await new DynamoDBChangeStream(tables, streams).ReadAsync(
            Stream,
            InternalIterator,
            TestContext.Current.CancellationToken
        );

        Assert.Equal(InternalIterator, page.Next);
        Assert.Contains($"\"ShardIterator\":\"{InternalIterator}\"", engine.LastRequest, StringComparison.Ordinal);
        Assert.Contains("/us-east-1/dynamodb/aws4_request", engine.LastRequest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_of_LocalStack_has_a_sequence_number_of_56_digits_and_the_name_of_the_stream_that_was_asked()
    {
        await using var engine = ScriptedEngine.Answering(
            HttpStatusCode.OK,
            $$$"""
            {"Records":[{"eventID":"0f9b7a5c-3d1f-4e43-9f6a-6a0f1c1b8d11","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1",
            "dynamodb":{"ApproximateCreationDateTime":1767323045,"Keys":{"transaction_id":{"S":"tx"},"created_at":{"S":"2026-01-02T03:04:05.678Z"}},
            "NewImage":{"transaction_id":{"S":"tx"}},"SequenceNumber":"{{{LongNumber}}}","SizeBytes":12,"StreamViewType":"NEW_AND_OLD_IMAGES"}}]}
            """
        );
        using var tables = engine.Client();
        using var streams = engine.Streams();

        var page = await new DynamoDBChangeStream(tables, streams).ReadAsync(Stream, "iterator", TestContext.Current.CancellationToken);

        Assert.Null(page.Next);
        var record = Assert.Single(page.Records);
        Assert.Equal(LongNumber, record.SequenceNumber);
        var json = Encoding.UTF8.GetString(record.Json.Span);
        Assert.Contains(LongNumber, json, StringComparison.Ordinal);
        Assert.Contains(Stream, json, StringComparison.Ordinal);
        Assert.True(SequenceNumber.Compare("9", LongNumber) < 0);
        Assert.True(SequenceNumber.IsCovered(LongNumber, "49657190286462185917270293480917561270934817250912345679"));
    }

    [Fact]
    public async Task One_record_without_a_place_is_a_dead_letter_and_its_page_goes_on()
    {
        await using var engine = ScriptedEngine.Answering(
            HttpStatusCode.OK,
            """
            {"Records":[
            {"eventID":"a","eventName":"INSERT","dynamodb":{"Keys":{"transaction_id":{"S":"tx-a"}},"SequenceNumber":"1"}},
            {"eventID":"nowhere","eventName":"INSERT","dynamodb":{"ApproximateCreationDateTime":1767323045,"Keys":{"transaction_id":{"S":"tx"},"created_at":{"S":"c"}}}},
            {"eventName":"INSERT"},
            {"eventID":"odd","eventName":"INSERT","dynamodb":{"NewImage":{"x":{},"y":{"S":"\ud83d"},"\ude00":{"NULL":false}},"SequenceNumber":"2"}}]}
            """
        );
        using var tables = engine.Client();
        using var streams = engine.Streams();
        var letters = new InMemoryDeadLetters();

        var page = await new DynamoDBChangeStream(tables, streams, letters).ReadAsync(
            Stream,
            "iterator",
            TestContext.Current.CancellationToken
        );

        Assert.Equal(["1", "2"], page.Records.Select(record => record.SequenceNumber));
        Assert.Contains(
            """{"x":{},"y":{"S":"\ud83d"},"\ude00":{"NULL":false}}""",
            Encoding.UTF8.GetString(page.Records[1].Json.Span),
            StringComparison.Ordinal
        );
        Assert.Equal(2, letters.Letters.Count);
        Assert.All(letters.Letters, letter => Assert.Contains("no sequence number", letter.ErrorMessage, StringComparison.Ordinal));
        var named = Assert.Single(letters.Letters, letter => letter.EventId == "nowhere");
        Assert.Equal(("tx", "c", "InvalidStreamRecord"), (named.TransactionId, named.CreatedAt, named.ErrorType));
        Assert.Contains("\"nowhere\"", named.Record, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_that_was_deleted_has_no_stream()
    {
        await using var engine = ScriptedEngine.Failing(
            HttpStatusCode.BadRequest,
            "ResourceNotFoundException",
            "Cannot do operations on a non-existent table"
        );
        using var tables = engine.Client();
        using var streams = engine.Streams();

        Assert.Null(await new DynamoDBChangeStream(tables, streams).FindAsync("command-records", TestContext.Current.CancellationToken));
    }
}
