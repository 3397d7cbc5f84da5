using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Projection;
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
        var engine = new CannedTransport { Json = $$$"""{"Items":[{{{{Key}}},"user_id":{"S":"ann"},"title":{{{title}}}},{{{{Key}}},"user_id":{"S":"bob"}}]}""" };
        using var client = engine.Tables();

        var images = (await client.ScanAsync(new ScanRequest("command-records"), TestContext.Current.CancellationToken)).Items
            .Select(item => CommandImage.Read(CommandItem.Reader(item))).ToList();

        Assert.Equal(2, images.Count);
        if (problem is null) Assert.Equal("ann", images[0].Record?.UserId);
        else Assert.Contains($"title {problem}", Assert.Single(images[0].Problems), StringComparison.Ordinal);
        Assert.Equal("bob", images[1].Record?.UserId);
    }

    [Fact]
    public void A_notification_with_an_attribute_that_is_nothing_is_shown_without_it()
    {
        var item = new Dictionary<string, AttributeValue>
        {
            ["transaction_id"] = new("tx"), ["user_id"] = new("ann"), ["sent_at"] = new("2026-11-22T08:15:30.123Z"), ["title"] = null!,
        };

        Assert.Equal(("tx", null), (NotificationItem.TryRead(item)?.TransactionId, NotificationItem.TryRead(item)?.Title));
        item["user_id"] = null!;
        Assert.Null(NotificationItem.TryRead(item));
    }
}
