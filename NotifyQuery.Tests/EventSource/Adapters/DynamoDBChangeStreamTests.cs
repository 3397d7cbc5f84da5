using Amazon.DynamoDBStreams;
using Amazon.DynamoDBStreams.Model;
using Amazon.Runtime;
using NotifyQuery.EventSource.Adapters;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;
using NotifyQuery.Tests.Support;
using Record = Amazon.DynamoDBStreams.Model.Record;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What is asked of a stream's API, and what is made of each of its answers.</summary>
public sealed class DynamoDBChangeStreamTests
{
    private const string Streams = "arn:aws:dynamodb:us-east-1:000000000000:table/commands/stream/";
    private const string Stream = Streams + "2026-01-02T03:04:05.678";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Stream, Stream)]
    [InlineData(null, null)]
    [InlineData("", null)]
    public async Task A_table_has_the_stream_that_its_description_names_and_none_without_a_name(string? latest, string? expected)
    {
        using var tables = new ScriptedClient { LatestStreamOf = table => table == "commands" ? latest : "of another table" };
        using var streams = new ScriptedStreams();

        Assert.Equal(expected, await new DynamoDBChangeStream(tables, streams).FindAsync("commands", Token));
    }

    [Fact]
    public async Task The_next_stream_is_the_oldest_of_those_that_are_newer_whatever_the_order_and_the_pages_in_which_they_are_listed()
    {
        var pages = new Dictionary<string, ListStreamsResponse>
        {
            [""] = Page("a", "2026-01-05T00:00:00.000", "2026-01-01T00:00:00.000", "not a time"),
            ["a"] = new() { Streams = null, LastEvaluatedStreamArn = "b" },
            ["b"] = Page("c", "2026-01-02T03:04:05.678", "2026-01-03T00:00:00.000", "2026-01-04T00:00:00.000"),
            ["c"] = Page("", "2026-01-06T00:00:00.000"),
        };
        using var streams = new ScriptedStreams
        {
            Streams = request => request.TableName == "commands" ? pages[request.ExclusiveStartStreamArn ?? ""] : new(),
        };
        var stream = Of(streams);

        Assert.Equal(Streams + "2026-01-03T00:00:00.000", await stream.FindNextAsync("commands", Stream, Token));
        Assert.Null(await stream.FindNextAsync("commands", Streams + "2026-01-06T00:00:00.000", Token));
        Assert.Null(await stream.FindNextAsync("commands", "arn of a stream without a time", Token));

        static ListStreamsResponse Page(string next, params string[] labels) =>
            new()
            {
                Streams = [.. labels.Select(label => new StreamSummary { StreamArn = Streams + label })],
                LastEvaluatedStreamArn = next,
            };
    }

    [Fact]
    public async Task Every_page_of_shards_is_listed_with_parents_and_a_shard_is_closed_by_its_last_number()
    {
        var pages = new Dictionary<string, StreamDescription>
        {
            [""] = new()
            {
                Shards =
                [
                    new()
                    {
                        ShardId = "1",
                        SequenceNumberRange = new() { StartingSequenceNumber = "1", EndingSequenceNumber = "9" },
                    },
                    new()
                    {
                        ShardId = "2",
                        ParentShardId = "1",
                        SequenceNumberRange = new() { StartingSequenceNumber = "10" },
                    },
                ],
                LastEvaluatedShardId = "2",
            },
            ["2"] = new() { Shards = null, LastEvaluatedShardId = "3" },
            ["3"] = new()
            {
                Shards =
                [
                    new() { ShardId = "4", ParentShardId = "" },
                    new()
                    {
                        ShardId = "5",
                        SequenceNumberRange = new() { EndingSequenceNumber = "" },
                    },
                ],
                LastEvaluatedShardId = "",
            },
        };
        using var streams = new ScriptedStreams
        {
            Shards = request =>
                new() { StreamDescription = request.StreamArn == Stream ? pages[request.ExclusiveStartShardId ?? ""] : new() },
        };

        Assert.Equal(
            [new("1", null, true), new("2", "1", false), new("4", null, false), new ShardInfo("5", null, false)],
            await Of(streams).ListShardsAsync(Stream, Token)
        );
    }

    public static TheoryData<string, string?, string?> Positions =>
        new()
        {
            { "LATEST", null, "LATEST" },
            { "TRIM_HORIZON", null, "TRIM_HORIZON" },
            { "after", "17", "AFTER_SEQUENCE_NUMBER" },
            { "at", "18", "AT_SEQUENCE_NUMBER" },
        };

    [Theory]
    [MemberData(nameof(Positions))]
    public async Task An_iterator_is_opened_at_the_position_that_is_meant(string position, string? number, string? type)
    {
        GetShardIteratorRequest? asked = null;
        using var streams = new ScriptedStreams
        {
            Iterator = request =>
            {
                asked = request;
                return new() { ShardIterator = "opened" };
            },
        };
        var at = position switch
        {
            "LATEST" => ShardPosition.AtLatest,
            "TRIM_HORIZON" => ShardPosition.TrimHorizon,
            "after" => ShardPosition.AfterRecord(number!),
            _ => ShardPosition.AtRecord(number!),
        };

        Assert.Equal("opened", await Of(streams).OpenAsync(Stream, "shard", at, Token));
        Assert.Equal(
            (Stream, "shard", number, type),
            (asked!.StreamArn, asked.ShardId, asked.SequenceNumber, asked.ShardIteratorType.Value)
        );
    }

    [Theory]
    [InlineData("next", "next")]
    [InlineData("", null)] // the end of a closed shard, as some engines write it
    [InlineData(null, null)]
    public async Task A_page_is_asked_for_as_large_as_AWS_gives_and_ends_the_shard_without_a_next_iterator(string? next, string? expected)
    {
        GetRecordsRequest? asked = null;
        using var streams = new ScriptedStreams
        {
            Page = request =>
            {
                asked = request;
                return new() { Records = null, NextShardIterator = next };
            },
        };

        var page = await Of(streams).ReadAsync(Stream, "iterator", Token);

        Assert.Equal(("iterator", 1000), (asked!.ShardIterator, asked.Limit));
        Assert.Empty(page.Records);
        Assert.Equal(expected, page.Next);
    }

    [Theory]
    [InlineData("ValidationException", "1 validation error: Limit must be positive")]
    [InlineData("ThrottlingException", "ShardIterator is read too often")]
    public async Task Another_refusal_is_passed_on_as_it_is_and_not_taken_for_an_old_iterator(string code, string message)
    {
        var refusal = new AmazonDynamoDBStreamsException(message) { ErrorCode = code };
        using var streams = new ScriptedStreams { Page = _ => throw refusal };

        Assert.Same(refusal, await Assert.ThrowsAnyAsync<AmazonServiceException>(() => Of(streams).ReadAsync(Stream, "iterator", Token)));
    }

    [Fact]
    public async Task A_stream_that_is_gone_is_known_by_every_request_and_the_engines_error_is_kept_as_the_cause()
    {
        var gone = new ResourceNotFoundException("no such stream");
        using var streams = new ScriptedStreams
        {
            Streams = _ => throw gone,
            Shards = _ => throw gone,
            Iterator = _ => throw gone,
            Page = _ => throw gone,
        };
        var stream = Of(streams);

        foreach (
            var ask in (Func<Task>[])
                [
                    () => stream.FindNextAsync("commands", Stream, Token),
                    () => stream.ListShardsAsync(Stream, Token),
                    () => stream.OpenAsync(Stream, "shard", ShardPosition.TrimHorizon, Token),
                    () => stream.ReadAsync(Stream, "iterator", Token),
                ]
        )
        {
            var failure = await Assert.ThrowsAsync<StreamException>(ask);
            Assert.Equal((StreamFault.Gone, "no such stream", gone), (failure.Fault, failure.Message, failure.InnerException));
        }
    }

    [Fact]
    public void A_record_takes_the_place_of_its_sequence_number_and_is_named_by_it_when_it_has_no_id()
    {
        var local = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc).ToLocalTime();
        var record = Placed("7");
        record.Dynamodb.ApproximateCreationDateTime = local;

        var change = ChangeRecords.Of(record, Stream);

        Assert.Equal(("7", "7", new DateTimeOffset(local)), (change.SequenceNumber, change.EventId, change.CreatedAt));
        Assert.Equal(TimeSpan.Zero, change.CreatedAt.Offset);
        var failure = Assert.Throws<InvalidDataException>(() => ChangeRecords.Of(new Record { Dynamodb = new() }, Stream));
        Assert.Contains("no sequence number", failure.Message, StringComparison.Ordinal);
    }

    private static Record Placed(string number) => new() { Dynamodb = new() { SequenceNumber = number } };

    private static ScriptedStreams PageOf(params Record[] records) => new() { Page = _ => new() { Records = [.. records] } };

    private static DynamoDBChangeStream Of(ScriptedStreams streams) => new(new ScriptedClient(), streams);
}
