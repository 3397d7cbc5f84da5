using NotifyQuery.EventSource.Adapters;
using NotifyQuery.Tests.Support;
using Record = Amazon.DynamoDBStreams.Model.Record;

namespace NotifyQuery.Tests.EventSource;

/// <summary>A record of a page that has no sequence number, and so no place in its shard.</summary>
public sealed class UnplacedRecordTests
{
    private const string Stream = "arn:aws:dynamodb:us-east-1:000000000000:table/commands/stream/2026-01-02T03:04:05.678";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_record_without_a_place_and_without_an_id_is_kept_once_however_often_its_page_is_read()
    {
        var time = FakeTime.New();
        var letters = new FaultyDeadLetters();
        using var streams = PageOf(
            new Record(),
            new Record
            {
                EventID = "",
                Dynamodb = new() { Keys = null },
            },
            Placed("7")
        );
        using var tables = new ScriptedClient();
        var stream = new DynamoDBChangeStream(tables, streams, letters, time);

        await stream.ReadAsync(Stream, "iterator", Token);
        var first = letters.Letters.ToDictionary();
        var page = await stream.ReadAsync(Stream, "iterator", Token);

        Assert.Equal("7", Assert.Single(page.Records).SequenceNumber);
        Assert.Equal(time.GetUtcNow(), page.Records[0].CreatedAt);
        Assert.Equal(2, letters.Letters.Count);
        Assert.Equal(first.Keys.Order(), letters.Letters.Keys.Order());
        Assert.All(
            letters.Letters.Values,
            letter =>
            {
                Assert.Equal(64, letter.EventId.Length); // the hash of the record
                Assert.Equal((time.GetUtcNow(), "", 0), (letter.CommittedAt, letter.SequenceNumber, letter.Attempts));
                Assert.Equal((null, null), (letter.TransactionId, letter.CreatedAt));
                Assert.Contains(Stream, letter.ErrorMessage, StringComparison.Ordinal);
            }
        );
    }

    [Fact]
    public async Task A_record_without_a_place_is_kept_with_the_time_of_its_change()
    {
        var letters = new FaultyDeadLetters();
        var changed = new DateTime(2025, 12, 30, 1, 2, 3, DateTimeKind.Utc); // not the time of the clock
        using var streams = PageOf(
            new Record
            {
                EventID = "e",
                Dynamodb = new() { ApproximateCreationDateTime = changed.ToLocalTime() },
            }
        );
        using var tables = new ScriptedClient();

        await new DynamoDBChangeStream(tables, streams, letters, FakeTime.New()).ReadAsync(Stream, "iterator", Token);

        Assert.Equal(new DateTimeOffset(changed), letters.Letters["e"].CommittedAt);
    }

    [Fact]
    public async Task A_page_is_not_passed_on_while_a_record_without_a_place_cannot_be_kept()
    {
        var letters = new FaultyDeadLetters { Refusals = 1 };
        using var streams = PageOf(new Record { EventID = "e" }, Placed("7"));
        using var tables = new ScriptedClient();
        var stream = new DynamoDBChangeStream(tables, streams, letters);

        var failure = await Assert.ThrowsAsync<IOException>(() => stream.ReadAsync(Stream, "iterator", Token));
        Assert.Contains("throttled", failure.Message, StringComparison.Ordinal);
        Assert.Empty(letters.Letters);

        Assert.Equal("7", Assert.Single((await stream.ReadAsync(Stream, "iterator", Token)).Records).SequenceNumber);
        Assert.Equal("e", Assert.Single(letters.Letters).Key);
    }

    [Fact]
    public async Task Without_dead_letters_a_record_without_a_place_is_left_out()
    {
        using var streams = PageOf(new Record { EventID = "e" }, Placed("7"));

        Assert.Equal(
            "7",
            Assert
                .Single((await new DynamoDBChangeStream(new ScriptedClient(), streams).ReadAsync(Stream, "iterator", Token)).Records)
                .SequenceNumber
        );
    }

    private static Record Placed(string number) => new() { Dynamodb = new() { SequenceNumber = number } };

    private static ScriptedStreams PageOf(params Record[] records) => new() { Page = _ => new() { Records = [.. records] } };
}
