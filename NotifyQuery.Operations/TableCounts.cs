using Amazon.DynamoDBv2;

namespace NotifyQuery.Operations;

/// <summary>
/// The number of items of a table as the engine reports it (DescribeTable): free and without load, exact on the local engines, up to six
/// hours old on AWS. Includes the tombstones of the query table. Source:
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html (ItemCount).
/// </summary>
internal static class TableCounts
{
    /// <summary>How the items are counted, for readers of the figures.</summary>
    public const string HowCounted =
        "as DescribeTable counts: exact on the local engines, up to six hours old on AWS; tombstones are counted too";

    public static async Task<long> CountAsync(this IAmazonDynamoDB client, string table, CancellationToken cancellationToken) =>
        (await client.DescribeTableAsync(table, cancellationToken).ConfigureAwait(false)).Table.ItemCount ?? 0;
}
