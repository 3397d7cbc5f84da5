using System.Globalization;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Operations.Reading;

/// <summary>A question to the read side, and the same asked of the table itself.</summary>
/// <param name="Name">What it asks by, e.g. <c>user</c>.</param>
/// <param name="Target">Path and query for the Handler and the gateway.</param>
/// <param name="Query">What it asks.</param>
public sealed record ReadQuestion(string Name, string Target, NotificationQuery Query)
{
    /// <summary>A first page of each of the four queries.</summary>
    public static IReadOnlyList<ReadQuestion> All(ReadSample sample)
    {
        var day = DateTimeOffset.ParseExact(sample.Day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        var until = day.AddDays(1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return
        [
            ByUser(sample.User),
            .. sample.Transaction is { } transaction
                ? [new("transaction", $"/query/transaction?transaction_id={Uri.EscapeDataString(transaction)}", new() { By = QueryKind.Transaction, Value = transaction })]
                : Array.Empty<ReadQuestion>(),
            new("campaign", $"/query/campaign?campaign_id={Uri.EscapeDataString(sample.Campaign)}", new() { By = QueryKind.Campaign, Value = sample.Campaign }),
            new(
                "status", $"/query/status?status={sample.Status.ToName()}&from={sample.Day}&to={until}",
                new() { By = QueryKind.Status, Value = sample.Status.ToName(), From = Timestamp.Format(day), To = Timestamp.Format(day.AddDays(1)) }),
        ];
    }

    /// <summary>A page of a user's, the first one unless a cursor says where it begins.</summary>
    public static ReadQuestion ByUser(string user, string? cursor = null) => new(
        "user", $"/query/user?user_id={Uri.EscapeDataString(user)}{(cursor is null ? "" : "&cursor=" + cursor)}", new() { By = QueryKind.User, Value = user });

    /// <summary>
    /// The Queries, at once, by which a client would read the first page from the table itself: one, or one for each key that the result is
    /// spread over. They read one item more than a page has, as the read side does to know whether it is the last.
    /// </summary>
    public IReadOnlyList<QueryRequest> Requests(TableNames tables)
    {
        var keys = QueryKeys.Of(Query, tables.KeySpread).First();
        return
        [
            .. keys.Values.Select(value =>
            {
                var request = keys.RequestOf(tables.NotificationRecords, Query, value);
                request.Limit = DynamoDBNotificationReader.ShareOf(Query.Limit + 1, keys.Values.Count);
                return request;
            }),
        ];
    }
}
