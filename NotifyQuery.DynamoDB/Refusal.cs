using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.DynamoDB;

/// <summary>
/// Whose fault a refusal is. Engines refuse an item that is too large and a table with another key by the same error and in words of
/// their own, so the table itself is asked: all items of a table have the same shape, and if that shape does not fit its keys, then no
/// item is at fault and every one would be refused.
/// </summary>
internal static class Refusal
{
    /// <summary>Returns if the item is at fault, for it alone is refused.</summary>
    /// <param name="client">The engine.</param>
    /// <param name="table">The table.</param>
    /// <param name="item">The item that it refused.</param>
    /// <param name="refusal">How it refused.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    /// <exception cref="InvalidOperationException">The table is at fault: nothing can be written to it as it is.</exception>
    public static async Task ThrowIfTablesFaultAsync(
        IAmazonDynamoDB client, string table, Item item, AmazonDynamoDBException refusal, CancellationToken cancellationToken)
    {
        if (refusal is ItemCollectionSizeLimitExceededException) return;
        var description = (await client.DescribeTableAsync(table, cancellationToken).ConfigureAwait(false)).Table;
        var types = description.AttributeDefinitions.ToDictionary(definition => definition.AttributeName, definition => definition.AttributeType);
        var misfits = description.KeySchema.Where(key => !Fits(key, required: true))
            .Concat((description.GlobalSecondaryIndexes ?? []).SelectMany(index => index.KeySchema).Where(key => !Fits(key, required: false)))
            .Concat((description.LocalSecondaryIndexes ?? []).SelectMany(index => index.KeySchema).Where(key => !Fits(key, required: false)))
            .Select(key => $"{key.AttributeName} ({types[key.AttributeName]})").Distinct().ToList();
        if (misfits.Count == 0) return;
        throw new InvalidOperationException(
            $"The table {table} cannot hold what is written to it, its keys are of another kind: {string.Join(", ", misfits)}. "
            + "Is the table's name right (section Tables of the configuration), and is it declared as in deploy/tables.template.json?", refusal);

        // An index leaves out an item that lacks its keys; a table refuses it.
        bool Fits(KeySchemaElement key, bool required) => item.TryGetValue(key.AttributeName, out var value)
            ? types[key.AttributeName] == (value.S is null ? ScalarAttributeType.N : ScalarAttributeType.S)
            : !required;
    }
}
