using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.DynamoDB.Tables;

/// <summary>
/// Compares the index keys of the query table with the configuration. A table accepts items with the keys of another table without an
/// error, but no query finds them.
/// </summary>
public static class QueryTableKeyCheck
{
    /// <summary>What is wrong, in a sentence; null when the keys match.</summary>
    /// <param name="table">The description of the query table.</param>
    /// <param name="spread">The configured key spread.</param>
    public static string? Problem(TableDescription table, KeySpread spread)
    {
        var plans = Enum.GetValues<QueryKind>()
            .Select(QueryIndex.Of)
            .Where(plan => plan.Shared is not null)
            .ToDictionary(plan => plan.Index!, plan => plan.Shared!, StringComparer.Ordinal);
        var indexes = (table.GlobalSecondaryIndexes ?? [])
            .Where(index => plans.ContainsKey(index.IndexName))
            .OrderBy(index => index.IndexName, StringComparer.Ordinal)
            .ToList();
        var keys = indexes.ConvertAll(index => index.KeySchema.Find(key => key.KeyType == KeyType.HASH)?.AttributeName);
        var expected = indexes.ConvertAll(index => spread.AttributeOf(plans[index.IndexName]));
        var former = indexes.ConvertAll(index => KeySpread.None.AttributeOf(plans[index.IndexName]));
        if (keys.Count == 0 || keys.SequenceEqual(expected, StringComparer.Ordinal))
            return null;
        return $"the indexes of {table.TableName} have the keys {string.Join(" and ", keys)}, but Tables:KeySpread is {spread.Keys}: "
            + (
                keys.SequenceEqual(former, StringComparer.Ordinal)
                    ? "set it to 0 to use the table as it is, or replace the table (docs/deploy.md, \"From the former keys\")"
                    : "set it to the number of keys over which the table spreads a campaign (its tag notifyquery-key-spread)"
            );
    }

    /// <summary>
    /// Throws if the table's keys differ from the configuration, before an operation writes or compares items with wrong keys.
    /// </summary>
    /// <exception cref="OtherKeysException">The table's keys differ from the configuration.</exception>
    public static async Task RequireAsync(IAmazonDynamoDB client, TableNames tables, CancellationToken cancellationToken)
    {
        var table = (await client.DescribeTableAsync(tables.NotificationRecords, cancellationToken).ConfigureAwait(false)).Table;
        if (Problem(table, tables.KeySpread) is { } problem)
            throw new OtherKeysException(problem);
    }
}

/// <summary>The keys of the query table differ from the configuration.</summary>
/// <param name="message">The differences, and how to fix them.</param>
public sealed class OtherKeysException(string message) : Exception(message);
