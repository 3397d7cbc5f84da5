using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

public sealed class DynamoDBDeadLettersTests(DynamoDbLocal engine)
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

    [Fact]
    public async Task An_event_that_fails_again_is_kept_once_and_a_settled_one_stays_settled()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        await tables.DeadLetters.PutAsync(Letter, Token);
        await tables.Client.UpdateItemAsync(new UpdateItemRequest
        {
            TableName = "projection-failures",
            Key = new() { ["failure_day"] = new("2026-11-22"), ["failed_at"] = new("2026-11-22T23:59:59.999Z#event-1") },
            UpdateExpression = "SET resolved = :yes",
            ExpressionAttributeValues = new() { [":yes"] = new() { BOOL = true } },
        }, Token);

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
    public async Task A_record_that_is_too_long_is_left_out_and_the_letter_still_names_its_command()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        // 400 KB of a command, twice: the state before and the state after; and three bytes a letter.
        var tooLong = Letter with { Record = new string('日', 800 * 1024 / 3) };
        var longest = Letter with { EventId = "event-2", Record = new string('x', 350 * 1024), TransactionId = new string('t', 2048), ErrorMessage = new string('e', 20_000) };

        Assert.Equal(WriteOutcome.Applied, (await tables.DeadLetters.PutAsync(tooLong, Token)).Outcome);
        Assert.Equal(WriteOutcome.Applied, (await tables.DeadLetters.PutAsync(longest, Token)).Outcome);

        var items = await tables.AllAsync("projection-failures", Token);
        var cut = Assert.Single(items, i => i["event_id"].S == "event-1");
        Assert.True(cut["record_truncated"].BOOL);
        Assert.DoesNotContain("record", cut.Keys);
        Assert.Equal(("tx-1", "2026-11-22T08:15:30.123Z"), (cut["transaction_id"].S, cut["created_at"].S));
        var whole = Assert.Single(items, i => i["event_id"].S == "event-2");
        Assert.False(whole["record_truncated"].BOOL);
        Assert.Equal(longest.Record, whole["record"].S);
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
