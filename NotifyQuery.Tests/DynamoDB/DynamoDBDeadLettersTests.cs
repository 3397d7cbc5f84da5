using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

public sealed class DynamoDBDeadLettersTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static readonly DeadLetter Letter = new()
    {
        EventId = "event-1",
        CommittedAt = new(2026, 11, 22, 23, 59, 59, 999, TimeSpan.Zero),
        SequenceNumber = "4421584500000000017450439092",
        TransactionId = "tx-1",
        CreatedAt = "2026-11-22T08:15:30.123Z",
        Record = """{"eventID":"event-1"}""",
        ErrorType = "InvalidCommand",
        ErrorMessage = "user_id is missing",
        Attempts = 3,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dead_letter_holds_all_that_is_needed_to_try_again()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);

        var result = await tables.DeadLetters.PutAsync(Letter, Token);

        Assert.Equal(new WriteResult(WriteOutcome.Applied), result);
        var item = Assert.Single(await tables.AllAsync("projection-failures", Token));
        Assert.Equal("2026-11-22", item["failure_day"].S);
        Assert.Equal("2026-11-22T23:59:59.999Z#event-1", item["failed_at"].S);
        Assert.Equal("event-1", item["event_id"].S);
        Assert.Equal("4421584500000000017450439092", item["sequence_number"].S);
        Assert.Equal("tx-1", item["transaction_id"].S);
        Assert.Equal("2026-11-22T08:15:30.123Z", item["created_at"].S);
        Assert.Equal("""{"eventID":"event-1"}""", item["record"].S);
        Assert.Equal("InvalidCommand", item["error_type"].S);
        Assert.Equal("user_id is missing", item["error_message"].S);
        Assert.Equal("3", item["attempts"].N);
        Assert.False(item["resolved"].BOOL);
        Assert.False(item["record_truncated"].BOOL);
    }

    [Theory]
    [InlineData(2048, true)]
    [InlineData(2049, false)]
    [InlineData(500_000, false)] // more than an item may have
    public async Task What_is_too_long_for_a_key_names_no_command_and_does_not_keep_the_letter_away(int length, bool named)
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var text = new string('x', length);

        await tables.DeadLetters.PutAsync(Letter with { TransactionId = text, CreatedAt = text }, Token);

        var item = Assert.Single(await tables.AllAsync("projection-failures", Token));
        Assert.Equal((named, named), (item.ContainsKey("transaction_id"), item.ContainsKey("created_at")));
    }

    [Fact]
    public async Task An_event_that_fails_again_is_kept_once_and_a_settled_one_stays_settled()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        await tables.DeadLetters.PutAsync(Letter, Token);
        await tables.Client.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = "projection-failures",
                Key = new() { ["failure_day"] = new("2026-11-22"), ["failed_at"] = new("2026-11-22T23:59:59.999Z#event-1") },
                UpdateExpression = "SET resolved = :yes",
                ExpressionAttributeValues = new() { [":yes"] = new() { BOOL = true } },
            },
            Token
        );

        var again = await tables.DeadLetters.PutAsync(Letter with { Attempts = 4 }, Token);

        Assert.Equal(WriteOutcome.Applied, again.Outcome);
        Assert.True(Assert.Single(await tables.AllAsync("projection-failures", Token))["resolved"].BOOL);
    }

    [Fact]
    public async Task Two_events_of_the_same_moment_are_kept_beside_each_other()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);

        await tables.DeadLetters.PutAsync(Letter, Token);
        await tables.DeadLetters.PutAsync(Letter with { EventId = "event-2" }, Token);

        Assert.Equal(2, (await tables.AllAsync("projection-failures", Token)).Count);
    }

    [Fact]
    public async Task A_record_that_is_too_long_for_an_item_is_kept_compressed_and_read_as_it_was()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        // 400 KB of a command, twice: the state before and the state after; and three bytes a letter.
        var long1 = Letter with
        {
            Record = new string('日', 800 * 1024 / 3),
        };
        var long2 = Letter with
        {
            EventId = "event-2",
            Record = new string('x', (350 * 1024) + 1),
            TransactionId = new string('t', 2048),
            ErrorMessage = new string('e', 20_000),
        };

        Assert.Equal(WriteOutcome.Applied, (await tables.DeadLetters.PutAsync(long1, Token)).Outcome);
        Assert.Equal(WriteOutcome.Applied, (await tables.DeadLetters.PutAsync(long2, Token)).Outcome);

        Assert.All(await tables.AllAsync("projection-failures", Token), item => Assert.False(item["record_truncated"].BOOL));
        Assert.Equal((long1.Record, false), await RecordOfAsync(tables, "event-1"));
        Assert.Equal((long2.Record, false), await RecordOfAsync(tables, "event-2"));
    }

    [Fact]
    public async Task A_record_that_no_item_can_hold_is_cut_between_two_characters_and_the_letter_still_names_its_command()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var bytes = new byte[800 * 1024];
        new Random(1).NextBytes(bytes);
        // four bytes each, and nothing to compress
        var text = "x" + string.Concat(bytes.Select(b => char.ConvertFromUtf32(0x10000 + (b * 257))));

        Assert.Equal(WriteOutcome.Applied, (await tables.DeadLetters.PutAsync(Letter with { Record = text }, Token)).Outcome);

        var item = Assert.Single(await tables.AllAsync("projection-failures", Token));
        Assert.True(item["record_truncated"].BOOL);
        Assert.Equal(("tx-1", "2026-11-22T08:15:30.123Z"), (item["transaction_id"].S, item["created_at"].S));
        var (record, cut) = await RecordOfAsync(tables, "event-1");
        Assert.True(cut);
        Assert.StartsWith(record!, text, StringComparison.Ordinal);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(record!), (350 * 1024) - 3, 350 * 1024);
    }

    [Fact]
    public async Task A_letter_fits_whatever_its_parts_hold()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var letter = Letter with
        {
            EventId = new string('e', 5000),
            SequenceNumber = new string('9', 100_000),
            TransactionId = new string('t', 2048),
            CreatedAt = new string('c', 1024),
            Record = new string('r', 350 * 1024),
            ErrorMessage = new string('m', 4095) + "\U0001F600" + new string('m', 100_000),
        };

        Assert.Equal(WriteOutcome.Applied, (await tables.DeadLetters.PutAsync(letter, Token)).Outcome);
        Assert.Equal(WriteOutcome.Applied, (await tables.DeadLetters.PutAsync(letter with { EventId = "\ud83d\u001b" }, Token)).Outcome);

        var items = await tables.AllAsync("projection-failures", Token);
        Assert.Equal(2, items.Count);
        Assert.All(items, item => Assert.Equal(new string('m', 4095) + "…", item["error_message"].S));
        Assert.All(items, item => Assert.Matches("^[0-9a-f]{64}$", item["event_id"].S));
    }

    private static async Task<(string? Record, bool Cut)> RecordOfAsync(LocalTables tables, string eventId)
    {
        var letter = await new FailureLog(tables.Client, tables.Names, TimeProvider.System).FindAsync(
            $"2026-11-22T23:59:59.999Z#{eventId}",
            Token
        );
        return (letter!.Record, letter.RecordIsCut);
    }

    [Fact]
    public async Task A_record_that_does_not_name_its_command_is_kept_too()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);

        await tables.DeadLetters.PutAsync(Letter with { TransactionId = null, CreatedAt = null, EventId = "", SequenceNumber = "" }, Token);

        var item = Assert.Single(await tables.AllAsync("projection-failures", Token));
        Assert.DoesNotContain("transaction_id", item.Keys);
        Assert.Equal(Letter.Record, item["record"].S);
    }

    [Fact]
    public async Task An_engine_that_cannot_be_reached_or_does_not_answer_is_unavailable()
    {
        await using var silent = ScriptedEngine.Silent();
        using var slow = silent.Client();
        using var nothing = ScriptedEngine.ClientOfNothing();

        Assert.Equal(WriteOutcome.Unavailable, (await new DynamoDBDeadLetters(slow, new()).PutAsync(Letter, Token)).Outcome);
        Assert.Equal(WriteOutcome.Unavailable, (await new DynamoDBDeadLetters(nothing, new()).PutAsync(Letter, Token)).Outcome);
    }

    [Fact]
    public async Task A_letter_that_the_table_does_not_take_is_not_passed_over()
    {
        using var client = engine.Client(DynamoDbLocal.NewSpace()); // without tables

        await Assert.ThrowsAsync<ResourceNotFoundException>(() => new DynamoDBDeadLetters(client, new()).PutAsync(Letter, Token));
    }
}
