using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

public sealed class TableBootstrapperTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_table_that_does_not_become_active_is_not_waited_for_without_end()
    {
        await using var creating = ScriptedEngine.Answering(
            System.Net.HttpStatusCode.OK,
            """{"Table":{"TableName":"command-records","TableStatus":"CREATING","GlobalSecondaryIndexes":"""
                + """[{"IndexName":"by","IndexStatus":"CREATING"}]}}"""
        );
        using var client = creating.Client();

        var exception = await Assert.ThrowsAsync<TimeoutException>(() =>
            new TableBootstrapper(client, TimeSpan.FromMilliseconds(1)).BootstrapAsync(LocalTables.Declared("command-records"), Token)
        );

        Assert.Equal("The table command-records is not active after 0 s: it is CREATING, by is CREATING.", exception.Message);
    }

    [Fact]
    public async Task Command_records_has_the_key_and_the_stream_of_the_design()
    {
        var table = await CreateAsync("command-records");

        Assert.Equal(["HASH transaction_id S", "RANGE created_at S"], KeysOf(table.KeySchema, table));
        Assert.Equal(StreamViewType.NEW_AND_OLD_IMAGES, table.StreamSpecification.StreamViewType);
        Assert.Equal(BillingMode.PAY_PER_REQUEST, table.BillingModeSummary.BillingMode);
        Assert.Empty(table.GlobalSecondaryIndexes ?? []);
    }

    [Fact]
    public async Task Notification_records_has_the_key_the_indexes_and_the_time_to_live_of_the_design()
    {
        using var client = engine.Client(DynamoDbLocal.NewSpace());
        await new TableBootstrapper(client).BootstrapAsync(LocalTables.Declared("notification-records"), Token);

        var table = (await client.DescribeTableAsync("notification-records", Token)).Table;

        Assert.Equal(["HASH user_id S", "RANGE created_at S"], KeysOf(table.KeySchema, table));
        Assert.Null(table.StreamSpecification);
        Assert.Equal(BillingMode.PAY_PER_REQUEST, table.BillingModeSummary.BillingMode);
        var indexes = table.GlobalSecondaryIndexes.ToDictionary(i => i.IndexName, i => KeysOf(i.KeySchema, table));
        Assert.Equal(["campaign-index", "status-index", "transaction-index"], indexes.Keys.Order());
        Assert.Equal(["HASH transaction_id S", "RANGE created_at S"], indexes["transaction-index"]);
        Assert.Equal(["HASH campaign_key S", "RANGE created_at S"], indexes["campaign-index"]);
        Assert.Equal(["HASH status_key S", "RANGE created_at S"], indexes["status-index"]);
        Assert.All(table.GlobalSecondaryIndexes, i => Assert.Equal(ProjectionType.ALL, i.Projection.ProjectionType));
        var timeToLive = (await client.DescribeTimeToLiveAsync("notification-records", Token)).TimeToLiveDescription;
        Assert.Equal(("expires_at", TimeToLiveStatus.ENABLED), (timeToLive.AttributeName, timeToLive.TimeToLiveStatus));
    }

    [Fact]
    public async Task The_other_tables_have_the_keys_of_the_design()
    {
        var failures = await CreateAsync("projection-failures");
        var checkpoints = await CreateAsync("stream-checkpoints");

        Assert.Equal(["HASH failure_day S", "RANGE failed_at S"], KeysOf(failures.KeySchema, failures));
        Assert.Equal(["HASH stream_arn S", "RANGE shard_id S"], KeysOf(checkpoints.KeySchema, checkpoints));
    }

    [Fact]
    public async Task A_second_run_creates_nothing_finds_no_difference_and_leaves_what_is_in_the_tables()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        await tables.Client.PutItemAsync(
            "projection-failures",
            new() { ["failure_day"] = new("2026-11-22"), ["failed_at"] = new("x") },
            Token
        );

        foreach (var declaration in LocalTables.Declared())
        {
            var again = await new TableBootstrapper(tables.Client).BootstrapAsync(declaration, Token);
            Assert.False(again.Created);
            Assert.Empty(again.Differences);
        }

        Assert.Single(await tables.AllAsync("projection-failures", Token));
    }

    [Fact]
    public async Task Two_runs_side_by_side_create_each_table_once_and_both_end_well()
    {
        for (var round = 0; round < 5; round++)
        {
            using var client = engine.Client(DynamoDbLocal.NewSpace());
            foreach (var declaration in LocalTables.Declared())
            {
                var results = await Task.WhenAll(
                    Enumerable.Range(0, 4).Select(_ => new TableBootstrapper(client).BootstrapAsync(declaration, Token))
                );

                Assert.Single(results, r => r.Created);
                Assert.All(results, r => Assert.Empty(r.Differences));
            }
        }
    }

    [Fact]
    public async Task A_time_to_live_that_a_broken_run_left_out_is_enabled()
    {
        using var client = engine.Client(DynamoDbLocal.NewSpace());
        var declaration = LocalTables.Declared("notification-records");
        await client.CreateTableAsync(declaration.Create, Token);

        var result = await new TableBootstrapper(client).BootstrapAsync(declaration, Token);

        Assert.False(result.Created);
        Assert.Empty(result.Differences);
        Assert.Equal(
            "expires_at",
            (await client.DescribeTimeToLiveAsync("notification-records", Token)).TimeToLiveDescription.AttributeName
        );
    }

    [Fact]
    public async Task An_existing_table_that_differs_is_left_unchanged_and_every_difference_is_reported()
    {
        using var client = engine.Client(DynamoDbLocal.NewSpace());
        await client.CreateTableAsync(
            new CreateTableRequest
            {
                TableName = "notification-records",
                BillingMode = BillingMode.PROVISIONED,
                ProvisionedThroughput = new(1, 1),
                AttributeDefinitions =
                [
                    new("user_id", ScalarAttributeType.S),
                    new("created_at", ScalarAttributeType.N),
                    new("campaign_id", ScalarAttributeType.S),
                ],
                KeySchema = [new("user_id", KeyType.HASH), new("created_at", KeyType.RANGE)],
                StreamSpecification = new() { StreamEnabled = true, StreamViewType = StreamViewType.KEYS_ONLY },
                GlobalSecondaryIndexes =
                [
                    new()
                    {
                        IndexName = "campaign-index",
                        KeySchema = [new("campaign_id", KeyType.HASH)],
                        Projection = new() { ProjectionType = ProjectionType.KEYS_ONLY },
                        ProvisionedThroughput = new(1, 1),
                    },
                    new()
                    {
                        IndexName = "old-index",
                        KeySchema = [new("campaign_id", KeyType.HASH)],
                        Projection = new() { ProjectionType = ProjectionType.ALL },
                        ProvisionedThroughput = new(1, 1),
                    },
                ],
            },
            Token
        );
        await client.UpdateTimeToLiveAsync(
            new UpdateTimeToLiveRequest
            {
                TableName = "notification-records",
                TimeToLiveSpecification = new() { AttributeName = "ttl", Enabled = true },
            },
            Token
        );

        var result = await new TableBootstrapper(client).BootstrapAsync(LocalTables.Declared("notification-records"), Token);

        Assert.False(result.Created);
        Assert.Equal(
            [
                "billing mode: declared PAY_PER_REQUEST, is PROVISIONED",
                "campaign-index: declared HASH campaign_key S, RANGE created_at S ALL, is HASH campaign_id S KEYS_ONLY",
                "key: declared HASH user_id S, RANGE created_at S, is HASH user_id S, RANGE created_at N",
                "old-index: declared none, is HASH campaign_id S ALL",
                "status-index: declared HASH status_key S, RANGE created_at S ALL, is none",
                "stream: declared none, is KEYS_ONLY",
                "time to live: declared expires_at, is ttl",
                "transaction-index: declared HASH transaction_id S, RANGE created_at S ALL, is none",
            ],
            result.Differences.Order(StringComparer.Ordinal)
        );
        Assert.Equal("ttl", (await client.DescribeTimeToLiveAsync("notification-records", Token)).TimeToLiveDescription.AttributeName);
    }

    private async Task<TableDescription> CreateAsync(string name)
    {
        using var client = engine.Client(DynamoDbLocal.NewSpace());
        var result = await new TableBootstrapper(client).BootstrapAsync(LocalTables.Declared(name), Token);
        Assert.True(result.Created);
        Assert.Empty(result.Differences);
        return (await client.DescribeTableAsync(name, Token)).Table;
    }

    private static IEnumerable<string> KeysOf(List<KeySchemaElement> keys, TableDescription table) =>
        keys.Select(k =>
            $"{k.KeyType} {k.AttributeName} {table.AttributeDefinitions.Single(a => a.AttributeName == k.AttributeName).AttributeType}"
        );
}
