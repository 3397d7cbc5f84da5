using Amazon.DynamoDBv2.Model;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>Where a rebuild continues that was interrupted.</summary>
public sealed class RebuildProgressTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_segment_continues_where_it_was_and_another_run_starts_from_the_beginning()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var progress = new RebuildProgress(tables.Client, tables.Names, TimeProvider.System);
        var key = new Dictionary<string, AttributeValue> { ["transaction_id"] = new("tx-1") };
        await progress.WriteAsync(0, 4, new(key, false), Token);
        await progress.WriteAsync(1, 4, SegmentPosition.End, Token);

        var continued = await progress.ReadAsync(0, 4, Token);
        Assert.Equal(("tx-1", false), (continued.LastKey!["transaction_id"].S, continued.Finished));
        Assert.True((await progress.ReadAsync(1, 4, Token)).Finished);
        await AssertStartsAsync(progress, segment: 2, segments: 4);
        await AssertStartsAsync(progress, segment: 0, segments: 8);

        await progress.ClearAsync(Token);
        await AssertStartsAsync(progress, segment: 0, segments: 4);
        await AssertStartsAsync(progress, segment: 1, segments: 4);
    }

    [Theory]
    [InlineData("finished")]
    [InlineData("last_key")]
    public async Task A_segment_whose_item_is_damaged_starts_again(string attribute)
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var progress = new RebuildProgress(tables.Client, tables.Names, TimeProvider.System);
        await progress.WriteAsync(0, 1, new(new() { ["transaction_id"] = new("tx-1") }, false), Token);
        var item = Assert.Single((await tables.Client.ScanAsync(new ScanRequest(tables.Names.StreamCheckpoints), Token)).Items);
        item[attribute] = new("damaged");
        if (attribute == "finished")
            item.Remove("last_key");
        await tables.Client.PutItemAsync(tables.Names.StreamCheckpoints, item, Token);

        await AssertStartsAsync(progress, segment: 0, segments: 1);
    }

    private static async Task AssertStartsAsync(RebuildProgress progress, int segment, int segments)
    {
        var position = await progress.ReadAsync(segment, segments, Token);
        Assert.Equal((null, false), (position.LastKey, position.Finished));
    }
}
