using Amazon.DynamoDBv2;

namespace NotifyQuery.Operations;

/// <summary>
/// How many items a table has, as the engine itself counts them (DescribeTable): free and without load; exact on the local engines, up to
/// six hours old on AWS. The query table's tombstones are counted too.
/// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html (ItemCount).
/// </summary>
internal static class TableCounts
{
    /// <summary>How the items are counted, for readers of the figures.</summary>
    public const string HowCounted =
        "as DescribeTable counts: exact on the local engines, up to six hours old on AWS; tombstones are counted too";

    public static async Task<long> CountAsync(this IAmazonDynamoDB client, string table, CancellationToken cancellationToken) =>
        (await client.DescribeTableAsync(table, cancellationToken).ConfigureAwait(false)).Table.ItemCount ?? 0;
}
