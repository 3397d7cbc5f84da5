using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.DynamoDB;

/// <summary>
/// Whose fault a refusal is. Engines refuse an item that is too large and a table that has other keys by the same error, in words of
/// their own. So the table is tried with an item of the same shape whose values nobody could object to, under a condition that never
/// holds: if that is refused as well, no item is at fault and every one would be refused. It writes nothing, and needs no permission
/// that a writer does not have.
/// </summary>
internal static class Refusal
{
    /// <summary>Returns if the item is at fault, for it alone is refused.</summary>
    /// <param name="client">The engine.</param>
    /// <param name="table">The table.</param>
    /// <param name="item">The item that it refused.</param>
    /// <param name="refusal">How it refused.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="InvalidOperationException">The table is at fault: nothing can be written to it as it is.</exception>
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
            return; // it would take the item, were it not for its values
        }
        catch (AmazonDynamoDBException exception) when (DynamoDBFaults.IsRefusal(exception))
        {
            throw new InvalidOperationException(
                $"The table {table} refuses every item, whatever its values: {exception.Message.TrimEnd('.')}. Is its name right "
                    + $"(section Tables of the "
                    + "configuration), and has it the keys and indexes that deploy/tables.template.json declares?",
                exception
            );
        }
    }
}
