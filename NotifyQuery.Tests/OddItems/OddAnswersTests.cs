using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.OddItems;

/// <summary>Attributes as no table holds them, but as an engine may answer them, on their way through the SDK.</summary>
public sealed class OddAnswersTests
{
    private const string Key = "\"transaction_id\":{\"S\":\"tx\"},\"created_at\":{\"S\":\"2026-11-22T08:15:30.123Z\"}";

    [Theory]
    [InlineData("null", null)]
    [InlineData("""{"S":null}""", "has no value of a known type")]
    [InlineData("""{"SS":[]}""", "has type SS")]
    [InlineData("""{"UNKNOWN":{"S":["x"]}}""", "has no value of a known type")]
    [InlineData("""{"S":"x","UNKNOWN":[{}]}""", null)]
    public async Task A_command_is_judged_by_what_can_be_read_of_it_and_its_neighbour_is_read(string title, string? problem)
    {
        var engine = new CannedTransport
        {
            Json = $$$"""{"Items":[{{{{Key}}},"user_id":{"S":"ann"},"title":{{{title}}}},{{{{Key}}},"user_id":{"S":"bob"}}]}""",
        };
        using var client = engine.Tables();

        var images = (await client.ScanAsync(new ScanRequest("command-records"), TestContext.Current.CancellationToken))
            .Items.Select(item => CommandImage.Read(CommandItem.Reader(item)))
            .ToList();

        Assert.Equal(2, images.Count);
        if (problem is null)
            Assert.Equal("ann", images[0].Record?.UserId);
        else
            Assert.Contains($"title {problem}", Assert.Single(images[0].Problems), StringComparison.Ordinal);
        Assert.Equal("bob", images[1].Record?.UserId);
    }

    [Fact]
    public async Task A_notification_with_an_attribute_that_is_nothing_is_shown_without_it_and_one_without_a_user_is_left_out()
    {
        var engine = new CannedTransport
        {
            Json = """
                {"Items":[
                {"transaction_id":{"S":"tx-1"},"user_id":{"S":"ann"},"sent_at":{"S":"2026-11-22T08:15:30.123Z"},"title":null},
                {"transaction_id":{"S":"tx-2"},"user_id":null,"sent_at":{"S":"2026-11-22T08:15:30.123Z"}}]}
                """,
        };
        using var client = engine.Tables();

        var page = await new DynamoDBNotificationReader(client, new TableNames()).ReadAsync(
            new()
            {
                By = QueryKind.User,
                Value = "ann",
                Limit = 20,
            },
            TestContext.Current.CancellationToken
        );

        var shown = Assert.Single(page.Items);
        Assert.Equal(("tx-1", null), (shown.TransactionId, shown.Title));
    }
}
