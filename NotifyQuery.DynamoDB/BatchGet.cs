using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.DynamoDB;

/// <summary>Reads many items by key, with consistent reads. Retries the keys that DynamoDB did not process.</summary>
internal static class BatchGet
{
    private const int MaximumKeys = 100; // DynamoDB's limit for BatchGetItem
    private const int MaximumRounds = 10;

    public static async Task<List<Item>> GetAsync(
        IAmazonDynamoDB client,
        string table,
        IEnumerable<Item> keys,
        CancellationToken cancellationToken
    )
    {
        var found = new List<Item>();
        foreach (var chunk in keys.Chunk(MaximumKeys))
        {
            var wanted = new Dictionary<string, KeysAndAttributes>
            {
                [table] = new() { Keys = [.. chunk], ConsistentRead = true },
            };
            for (var round = 1; wanted.Count > 0; round++)
            {
                var response = await client
                    .BatchGetItemAsync(new BatchGetItemRequest { RequestItems = wanted }, cancellationToken)
                    .ConfigureAwait(false);
                if (response.Responses?.GetValueOrDefault(table) is { } items)
                    found.AddRange(items);
                wanted = response.UnprocessedKeys ?? [];
                if (wanted.Count == 0)
                    break;
                if (round == MaximumRounds)
                {
                    throw new ProvisionedThroughputExceededException(
                        $"{table} is throttled: {MaximumRounds} BatchGetItem requests in a row returned unprocessed keys"
                    );
                }

                var pause = TimeSpan.FromMilliseconds(Random.Shared.Next(20, 50 << Math.Min(round, 6)));
                await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            }
        }

        return found;
    }
}
