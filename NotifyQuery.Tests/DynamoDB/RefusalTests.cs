using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.Lambdas.StreamProcessor;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>
/// An engine refuses a table with other keys by the same error as an item that is too large: whose fault it is decides what is lost.
/// </summary>
public sealed class RefusalTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static readonly CommandRecord Record = new()
    {
        TransactionId = "tx-1",
        CreatedAt = "2026-11-22T08:15:30.123Z",
        UserId = "ann",
        Status = NotificationStatus.Sent,
        CampaignId = "spring",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("projection-failures")] // a wrong Tables__NotificationRecords
    [InlineData("stream-checkpoints")]
    [InlineData("numbers")]
    [InlineData("index")]
    public async Task A_table_with_other_keys_is_at_fault_and_not_the_items_that_it_refuses(string table)
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        if (table is "numbers" or "index")
            await CreateAsync(tables.Client, table);
        var store = new DynamoDBProjectionStore(tables.Client, new() { NotificationRecords = table }, TimeProvider.System);

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            store.WriteAsync(new ProjectionWrite.Put(Record, Change.Version(1)), Token)
        );

        Assert.StartsWith($"The table {table} refuses every item, whatever its values: One ", fault.Message, StringComparison.Ordinal);
        Assert.Contains("section Tables of the configuration", fault.Message, StringComparison.Ordinal);
        Assert.Empty(await tables.AllAsync(table, Token));
    }

    [Fact]
    public async Task A_batch_for_a_wrong_table_fails_as_a_whole_and_makes_no_dead_letter_but_of_what_is_bad_in_itself()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var wrong = new TableNames { NotificationRecords = "stream-checkpoints" };
        var projector = new BatchProjector(
            new DynamoDBProjectionStore(tables.Client, wrong, TimeProvider.System),
            new DynamoDBDeadLetters(tables.Client, wrong),
            TimeProvider.System,
            4
        );
        var function = new StreamProcessorFunction(projector, null, TimeProvider.System, NullLogger<StreamProcessorFunction>.Instance);
        using var batch = JsonDocument.Parse(
            """
            {"Records":[{"eventID":"e","eventName":"INSERT","dynamodb":{"SequenceNumber":"7","NewImage":{"transaction_id":{"S":"tx"},"created_at":{"S":"2026-11-22T08:15:30.123Z"},"user_id":{"S":"ann"}}},
             "eventSourceARN":"arn:aws:dynamodb:us-east-1:000000000000:table/command-records/stream/2020-01-02T03:04:05.678"}]}
            """
        );

        await Assert.ThrowsAnyAsync<InvalidOperationException>(() =>
            function.HandleAsync(batch.RootElement, new InvocationContext(TimeSpan.FromMinutes(1)), Token)
        );

        Assert.Empty(await tables.AllAsync("projection-failures", Token));
    }

    [Fact]
    public async Task An_item_that_the_table_would_take_but_for_its_size_is_at_fault_itself()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var tooLarge = Record with { Body = new string('x', ItemSize.Limit) };
        var tooLong = Record with { CampaignId = new string('c', 2049) };

        foreach (var record in (CommandRecord[])[tooLarge, tooLong])
        {
            var result = await tables.Store.WriteAsync(new ProjectionWrite.Put(record, Change.Version(1)), Token);
            Assert.Equal(WriteOutcome.Refused, result.Outcome);
        }
    }

    [Fact]
    public async Task A_refusal_of_which_nobody_can_tell_whose_fault_it_is_is_thrown()
    {
        await using var failing = ScriptedEngine.Failing(System.Net.HttpStatusCode.BadRequest, "ValidationException");
        using var client = failing.Client();

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            new DynamoDBProjectionStore(client, new(), TimeProvider.System).WriteAsync(
                new ProjectionWrite.Put(Record, Change.Version(1)),
                Token
            )
        );
    }

    private static Task CreateAsync(AmazonDynamoDBClient client, string table)
    {
        var user = table == "numbers" ? ScalarAttributeType.N : ScalarAttributeType.S;
        return client.CreateTableAsync(
            new CreateTableRequest
            {
                TableName = table,
                BillingMode = BillingMode.PAY_PER_REQUEST,
                KeySchema = [new("user_id", KeyType.HASH), new("created_at", KeyType.RANGE)],
                AttributeDefinitions =
                [
                    new("user_id", user),
                    new("created_at", ScalarAttributeType.S),
                    new("campaign_id", ScalarAttributeType.N),
                ],
                GlobalSecondaryIndexes =
                [
                    new()
                    {
                        IndexName = "by-campaign",
                        KeySchema = [new("campaign_id", KeyType.HASH)],
                        Projection = new() { ProjectionType = ProjectionType.ALL },
                    },
                ],
            },
            Token
        );
    }
}
