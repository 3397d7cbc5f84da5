using System.Globalization;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Operations.Reading;

/// <summary>A question to the read side, and the same asked of the table itself.</summary>
/// <param name="Name">What it asks by, e.g. <c>user</c>.</param>
/// <param name="Target">Path and query for the Handler and the gateway.</param>
/// <param name="Index">The index that the Query reads; null for the table.</param>
/// <param name="KeyName">The key that the Query names.</param>
/// <param name="KeyValue">Its value.</param>
public sealed record ReadQuestion(string Name, string Target, string? Index, string KeyName, string KeyValue)
{
    /// <summary>A first page of each of the four queries.</summary>
    public static IReadOnlyList<ReadQuestion> All(ReadSample sample)
    {
        var until = DateOnly.ParseExact(sample.Day, "yyyy-MM-dd", CultureInfo.InvariantCulture).AddDays(1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return
        [
            ByUser(sample.User),
            .. sample.Transaction is { } transaction
                ? [new("transaction", $"/query/transaction?transaction_id={Uri.EscapeDataString(transaction)}", "transaction-index", AttributeNames.TransactionId, transaction)]
                : Array.Empty<ReadQuestion>(),
            new("campaign", $"/query/campaign?campaign_id={Uri.EscapeDataString(sample.Campaign)}", "campaign-index", AttributeNames.CampaignId, sample.Campaign),
            new("status", $"/query/status?status={sample.Status.ToName()}&from={sample.Day}&to={until}", "status-index", AttributeNames.StatusDay, StatusDay.Of(sample.Status, sample.Day)),
        ];
    }

    /// <summary>A page of a user's, the first one unless a cursor says where it begins.</summary>
    public static ReadQuestion ByUser(string user, string? cursor = null) => new(
        "user", $"/query/user?user_id={Uri.EscapeDataString(user)}{(cursor is null ? "" : "&cursor=" + cursor)}", null, AttributeNames.UserId, user);

    /// <summary>
    /// The one Query by which a client would read the page from the table itself. It reads one item more than a page has, as the read side
    /// does to know whether it is the last.
    /// </summary>
    public QueryRequest Query(TableNames tables) => new()
    {
        TableName = tables.NotificationRecords,
        IndexName = Index,
        KeyConditionExpression = "#key = :key",
        ExpressionAttributeNames = new() { ["#key"] = KeyName },
        ExpressionAttributeValues = new() { [":key"] = new(KeyValue) },
        Limit = NotificationQuery.DefaultLimit + 1,
        ScanIndexForward = false,
    };
}
