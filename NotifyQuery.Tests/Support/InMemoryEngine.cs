using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Tests.Support;

/// <summary>
/// DynamoDB's Query on items in memory, with the features that our reader uses. Like the real Query, it applies the limit before the
/// filter, and returns the key of the last item that it evaluated, even if the filter dropped the item.
/// </summary>
/// <param name="itemsPerAnswer">The maximum number of items that one Query evaluates. The real Query stops after 1 MB.</param>
internal sealed class InMemoryEngine(int itemsPerAnswer)
    : AmazonDynamoDBClient(new BasicAWSCredentials("test", "test"), new AmazonDynamoDBConfig { ServiceURL = "http://127.0.0.1:1" })
{
    private readonly Lock turn = new();
    private readonly Dictionary<NotificationKey, Dictionary<string, AttributeValue>> items = [];

    /// <summary>Runs before each Query evaluates the items. Queries run one at a time.</summary>
    public Action? BeforeQuery { get; set; }

    public void Put(Dictionary<string, AttributeValue> item) => items[KeyOf(item)] = item;

    public void Delete(NotificationKey key) => items.Remove(key);

    public override Task<QueryResponse> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default)
    {
        lock (turn)
        {
            BeforeQuery?.Invoke();
            return Task.FromResult(Query(request));
        }
    }

    private QueryResponse Query(QueryRequest request)
    {
        var values = request.ExpressionAttributeValues;
        var key = request.ExpressionAttributeNames["#key"];
        var partition = items
            .Values.Where(item => item.TryGetValue(key, out var value) && value.S == values[":key"].S)
            .Where(item =>
                !values.ContainsKey(":from")
                || (
                    string.CompareOrdinal(item[AttributeNames.CreatedAt].S, values[":from"].S) >= 0
                    && string.CompareOrdinal(item[AttributeNames.CreatedAt].S, values[":to"].S) <= 0
                )
            )
            .OrderBy(Position, StringComparer.Ordinal)
            .ToList();
        if (request.ScanIndexForward is false)
            partition.Reverse();
        if (request.ExclusiveStartKey is { Count: > 0 } start)
        {
            Assert.Equal(values[":key"].S, start[key].S); // the real Query refuses a start key of another partition
            var sign = request.ScanIndexForward is false ? -1 : 1;
            partition.RemoveAll(item => sign * string.CompareOrdinal(Position(item), Position(start)) <= 0);
        }

        var seen = partition.Take(Math.Min(request.Limit ?? int.MaxValue, itemsPerAnswer)).ToList();
        var more = seen.Count == request.Limit || seen.Count < partition.Count;
        return new() { Items = [.. seen.Where(Passes)], LastEvaluatedKey = more && seen.Count > 0 ? StartKey(seen[^1], key) : null };

        bool Passes(Dictionary<string, AttributeValue> item) =>
            request.FilterExpression is null
            || (
                (
                    request.FilterExpression.Contains("attribute_not_exists", StringComparison.Ordinal) is false
                    || !item.ContainsKey(AttributeNames.DeletedAt)
                )
                && (!values.ContainsKey(":status") || item.GetValueOrDefault(AttributeNames.Status)?.S == values[":status"].S)
                && (!values.ContainsKey(":channel") || item.GetValueOrDefault(AttributeNames.Channel)?.S == values[":channel"].S)
            );
    }

    private static NotificationKey KeyOf(Dictionary<string, AttributeValue> item) =>
        new(item[AttributeNames.UserId].S, item[AttributeNames.CreatedAt].S);

    private static string Position(Dictionary<string, AttributeValue> item) =>
        $"{item[AttributeNames.CreatedAt].S}\0{item[AttributeNames.UserId].S}";

    private static Dictionary<string, AttributeValue> StartKey(Dictionary<string, AttributeValue> item, string key) =>
        new()
        {
            [AttributeNames.UserId] = item[AttributeNames.UserId],
            [AttributeNames.CreatedAt] = item[AttributeNames.CreatedAt],
            [key] = item[key],
        };
}
