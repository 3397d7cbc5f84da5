using System.Globalization;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Operations.Reading;

/// <summary>A query to the read side, and the same query to the table itself.</summary>
/// <param name="Name">The kind of query, e.g. <c>user</c>.</param>
/// <param name="Target">The path and query string for the Handler and the gateway.</param>
/// <param name="Query">The query.</param>
public sealed record ReadQuestion(string Name, string Target, NotificationQuery Query)
{
    /// <summary>The first page of each query that has a subject in the sample.</summary>
    public static IReadOnlyList<ReadQuestion> All(ReadSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return
        [
            .. QueryDefinition
                .All.Where(definition => sample.Subjects.ContainsKey(definition.Kind))
                .Select(definition => Of(definition, sample.Subjects[definition.Kind], sample.Day, sample.NextDay)),
        ];
    }

    /// <summary>A page of a user's notifications: the page of the cursor, or the first one without a cursor.</summary>
    public static ReadQuestion ByUser(string user, string? cursor = null)
    {
        var first = Of(QueryDefinition.Of(QueryKind.User), user, "", "");
        return cursor is null ? first : first with { Target = $"{first.Target}&cursor={cursor}" };
    }

    private static ReadQuestion Of(QueryDefinition definition, string subject, string from, string to)
    {
        var query = new NotificationQuery { By = definition.Kind, Value = subject };
        if (definition.Window is { IsRequired: true })
            query = query with { From = Moment(from), To = Moment(to) };
        return new(definition.Name, definition.TargetOf(subject, from, to), query);

        static string Moment(string day) =>
            Timestamp.Format(DateTimeOffset.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));
    }

    /// <summary>
    /// The Queries with which a client would read the first page directly from the table, run in parallel: one, or one for each key over
    /// which the result is spread. They read one item more than a page has. The read side does the same, to find out whether the page is
    /// the last one.
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
