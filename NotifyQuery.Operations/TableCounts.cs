using Amazon.DynamoDBv2;

namespace NotifyQuery.Operations;

/// <summary>
/// How many items a table holds, as the engine itself counts them (DescribeTable): free of charge and of load; exact on the local engines,
/// up to six hours old on AWS. The query table's tombstones are counted too.
/// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html (ItemCount).
/// </summary>
internal static class TableCounts
{
    /// <summary>How the items are counted, for those who read the figures.</summary>
    public const string HowCounted = "as DescribeTable counts: exact on the local engines, up to six hours old on AWS; tombstones are counted too";

    public static async Task<long> CountAsync(this IAmazonDynamoDB client, string table, CancellationToken cancellationToken) =>
        (await client.DescribeTableAsync(table, cancellationToken).ConfigureAwait(false)).Table.ItemCount ?? 0;
}
