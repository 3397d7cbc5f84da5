using System.Text.Json;
using Amazon.DynamoDBStreams;
using Amazon.DynamoDBStreams.Model;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.SQS;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Tests.Operations;
using NotifyQuery.Tests.Support;
using NotifyQuery.Tests.Tools;

namespace NotifyQuery.Tests.Deploy;

/// <summary>The queue of batches that AWS gave up on, brought back by the tool; the account is moto.</summary>
public sealed class GivenUpTests(MotoServer moto) : IClassFixture<MotoServer>
{
    private const string Queue = "nq-given-up";
    private const string Moment = "2026-11-22T08:15:30.123Z";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Batches_are_listed_read_again_projected_or_stored_and_deleted_only_then()
    {
        moto.SkipIfMissing();
        using var client = moto.CreateDynamoDBClient();
        foreach (var declaration in LocalTables.Declared())
            await new TableBootstrapper(client).BootstrapAsync(declaration, Token);
        foreach (
            var state in (CommandState[])
                [
                    Command(1),
                    Command(2),
                    Command(2).With(AttributeNames.Channel, "fax"),
                    Command(3),
                    Command(4),
                    Command(4).With(AttributeNames.Status, "READ"),
                ]
        )
            await client.PutItemAsync(
                "command-records",
                state.Attributes.ToDictionary(a => a.Key, a => new Amazon.DynamoDBv2.Model.AttributeValue(a.Value.Text)),
                Token
            );
        await client.DeleteItemAsync("command-records", new() { ["transaction_id"] = new("tx-3"), ["created_at"] = new(Moment) }, Token);
        var (stream, shard, numbers) = await ReadStreamAsync(client);
        using var sqs = new AmazonSQSClient(
            new BasicAWSCredentials("test", "test"),
            new AmazonSQSConfig { ServiceURL = moto.Endpoint.ToString(), AuthenticationRegion = "us-east-1" }
        );
        var url = (await sqs.CreateQueueAsync(Queue, Token)).QueueUrl;
        // The first write and the last: outside of the batch.
        await sqs.SendMessageAsync(url, GivenUpBatchTests.Message(stream, shard, numbers[1], numbers[^2], numbers.Count - 2), Token);
        await sqs.SendMessageAsync(
            url,
            GivenUpBatchTests.Message(
                stream.Replace("command-records", "gone", StringComparison.Ordinal),
                shard,
                numbers[0],
                numbers[0],
                1
            ),
            Token
        ); // no longer there
        await sqs.SendMessageAsync(url, "somebody else's", Token);

        var refused = await RunAsync("given-up", "retry");
        var listed = await RunAsync("given-up", "list");
        var json = JsonDocument.Parse(string.Join('\n', (await RunAsync("given-up", "list", "--json")).Output)).RootElement;
        var retried = await RunAsync("given-up", "retry", "--yes");
        var left = await RunAsync("given-up", "list");
        var again = await RunAsync("given-up", "retry", "--yes");
        var discarded = await RunAsync("given-up", "discard", "--yes");
        var none = await RunAsync("given-up", "list");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("2 batches in the queue, and 1 other messages.", listed.Output);
        Assert.Contains(
            $"2026-11-25T09:13:49.717Z\tRetryAttemptsExhausted\t{numbers.Count - 2}\t{shard}\t{numbers[1]}\t{numbers[^2]}",
            listed.Output
        );
        Assert.Equal(2, json.GetArrayLength());
        Assert.True(retried.ExitCode == 1, string.Join('\n', [.. retried.Output, .. retried.Errors]));
        Assert.Equal(
            $"1 batches settled: {numbers.Count - 2} records read again, {numbers.Count - 4} projected, 2 stored as dead letters. 1 are "
                + $"no longer in the stream, which keeps a record for 24 hours: "
                + "run 'reconcile --repair', which compares all commands, then 'failures given-up discard'. 1 messages are not from an "
                + "event source mapping and stay in the queue.",
            retried.Output[^1]
        );
        Assert.Contains("1 batches in the queue, and 1 other messages.", left.Output);
        Assert.StartsWith("0 batches settled: 0 records read again", again.Output[^1], StringComparison.Ordinal);
        Assert.StartsWith("1 batches settled: ", discarded.Output[^1], StringComparison.Ordinal);
        Assert.Contains("0 batches in the queue, and 1 other messages.", none.Output);

        // The command's state is projected as it is now; tx-1 was written once, before the batch.
        var shown = (await client.ScanAsync(new Amazon.DynamoDBv2.Model.ScanRequest("notification-records"), Token))
            .Items.Where(item => !item.ContainsKey(AttributeNames.DeletedAt))
            .ToDictionary(item => item["transaction_id"].S, item => item.GetValueOrDefault("status")?.S);
        Assert.Equal([("tx-4", "READ")], shown.Select(item => (item.Key, item.Value!)));
        var letters = (await client.ScanAsync(new Amazon.DynamoDBv2.Model.ScanRequest("projection-failures"), Token)).Items;
        Assert.Equal(2, letters.Count); // both changes of tx-2
        Assert.All(
            letters,
            letter => Assert.Equal(("tx-2", "RetryAttemptsExhausted"), (letter["transaction_id"].S, letter["error_type"].S))
        );
        Assert.All(letters, letter => Assert.Contains("\"eventSourceARN\"", letter["record"].S, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_queue_that_does_not_exist_is_reported_with_the_fix()
    {
        moto.SkipIfMissing();

        var result = await RunAsync("given-up", "list", "--queue", "nowhere");

        Assert.Equal(3, result.ExitCode);
        Assert.Equal(["There is no queue 'nowhere': give the queue of the stack's output GivenUpQueue with --queue."], result.Errors);
    }

    private static CommandState Command(int number) => CommandState.Of($"tx-{number}", Moment, "ann");

    private Task<ToolResult> RunAsync(params string[] arguments) =>
        Tool.RunAsync([
            "failures",
            .. arguments,
            .. arguments.Contains("--queue") ? (string[])[] : ["--queue", Queue],
            "--endpoint",
            moto.Endpoint.ToString(),
        ]);

    private async Task<(string Stream, string Shard, List<string> Numbers)> ReadStreamAsync(AmazonDynamoDBClient client)
    {
        using var streams = new AmazonDynamoDBStreamsClient(
            new BasicAWSCredentials("test", "test"),
            new AmazonDynamoDBStreamsConfig { ServiceURL = moto.Endpoint.ToString(), AuthenticationRegion = "us-east-1" }
        );
        var stream = (await client.DescribeTableAsync("command-records", Token)).Table.LatestStreamArn;
        var shard = (await streams.DescribeStreamAsync(new DescribeStreamRequest { StreamArn = stream }, Token))
            .StreamDescription.Shards.Single()
            .ShardId;
        var iterator = await streams.GetShardIteratorAsync(
            new GetShardIteratorRequest
            {
                StreamArn = stream,
                ShardId = shard,
                ShardIteratorType = ShardIteratorType.TRIM_HORIZON,
            },
            Token
        );
        var records = await streams.GetRecordsAsync(new GetRecordsRequest { ShardIterator = iterator.ShardIterator }, Token);
        return (stream, shard, [.. records.Records.Select(record => record.Dynamodb.SequenceNumber)]);
    }
}
