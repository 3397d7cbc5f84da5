using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.DynamoDB;

/// <summary>
/// Finds out whether the item or the table is at fault when DynamoDB refuses a write. An oversized item and a table with different keys
/// give the same error, and the messages differ between engines. The check writes an item of the same shape with harmless values, under a
/// condition that is never true. If DynamoDB refuses this write too, the table is at fault and would refuse every item. The check stores
/// nothing, and needs no additional permission.
/// </summary>
internal static class Refusal
{
    /// <summary>Returns if the item is at fault.</summary>
    /// <param name="client">The DynamoDB client.</param>
    /// <param name="table">The table.</param>
    /// <param name="item">The refused item.</param>
    /// <param name="refusal">The error of the refused write.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <exception cref="InvalidOperationException">The table is at fault: nothing can be written to it.</exception>
    public static async Task ThrowIfTablesFaultAsync(
        IAmazonDynamoDB client,
        string table,
        Item item,
        AmazonDynamoDBException refusal,
        CancellationToken cancellationToken
    )
    {
        if (refusal is ItemCollectionSizeLimitExceededException)
            return;
        try
        {
            await client
                .PutItemAsync(
                    new PutItemRequest
                    {
                        TableName = table,
                        Item = item.ToDictionary(
                            attribute => attribute.Key,
                            attribute => attribute.Value.S is null ? attribute.Value : new AttributeValue("x")
                        ),
                        ConditionExpression =
                            $"attribute_exists({AttributeNames.UserId}) AND attribute_not_exists({AttributeNames.UserId})",
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (ConditionalCheckFailedException)
        {
            return; // the table accepts the attributes, so the values of the item are at fault
        }
        catch (AmazonDynamoDBException exception) when (DynamoDBFaults.IsRefusal(exception))
        {
            throw new InvalidOperationException(
                $"The table {table} refuses every item, whatever its values: {exception.Message.TrimEnd('.')}. Check its name "
                    + "(section Tables of the configuration), and that its keys and indexes are those of deploy/tables.template.json.",
                exception
            );
        }
    }
}
