using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.DynamoDB;

/// <summary>Writes command-records as the external systems do. Used by the write simulator and the checks.</summary>
/// <param name="client">The DynamoDB client.</param>
/// <param name="tables">The tables' names.</param>
public sealed class DynamoDBCommandRecords(IAmazonDynamoDB client, TableNames tables)
{
    private const string OfUser = $"{AttributeNames.UserId} = :user";

    /// <summary>Puts a record, replacing any existing one.</summary>
    public Task PutAsync(CommandRecord record, CancellationToken cancellationToken) =>
        client.PutItemAsync(new PutItemRequest { TableName = tables.CommandRecords, Item = CommandItem.Of(record) }, cancellationToken);

    /// <summary>Puts a record that can never be projected: the required <c>user_id</c> is left out.</summary>
    public Task PutWithoutUserAsync(CommandRecord record, CancellationToken cancellationToken)
    {
        var item = CommandItem.Of(record);
        item.Remove(AttributeNames.UserId);
        return client.PutItemAsync(new PutItemRequest { TableName = tables.CommandRecords, Item = item }, cancellationToken);
    }

    /// <summary>Removes a record, if it exists.</summary>
    public Task RemoveAsync(CommandRecord record, CancellationToken cancellationToken) =>
        client.DeleteItemAsync(
            new DeleteItemRequest { TableName = tables.CommandRecords, Key = CommandItem.KeyOf(record) },
            cancellationToken
        );

    /// <summary>Reads the keys of a user's records, page by page.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="segments">The number of segments that are read concurrently.</param>
    /// <param name="page">Called for each page.</param>
    /// <param name="cancellationToken">Stops the scan between two pages.</param>
    public Task ScanUserAsync(
        string userId,
        int segments,
        Func<IReadOnlyList<CommandKey>, CancellationToken, Task> page,
        CancellationToken cancellationToken
    ) =>
        TableScan.ReadAsync(
            client,
            new()
            {
                TableName = tables.CommandRecords,
                FilterExpression = OfUser,
                ExpressionAttributeValues = new() { [":user"] = new(userId) },
            },
            segments,
            null,
            (items, stop) => page(items.ConvertAll(CommandItem.ReadKey), stop),
            cancellationToken
        );

    /// <summary>Removes a record if it belongs to a user.</summary>
    /// <returns>Whether it was removed. False if the record belongs to another user or no longer exists.</returns>
    public async Task<bool> TryRemoveAsync(CommandKey key, string userId, CancellationToken cancellationToken)
    {
        try
        {
            await client
                .DeleteItemAsync(
                    new DeleteItemRequest
                    {
                        TableName = tables.CommandRecords,
                        Key = CommandItem.KeyOf(key),
                        ConditionExpression = OfUser,
                        ExpressionAttributeValues = new() { [":user"] = new(userId) },
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
            return true;
        }
        catch (ConditionalCheckFailedException)
        {
            return false;
        }
    }

    /// <summary>Whether a record with this key exists.</summary>
    public async Task<bool> ExistsAsync(CommandKey key, CancellationToken cancellationToken)
    {
        var found = await client.GetItemAsync(tables.CommandRecords, CommandItem.KeyOf(key), true, cancellationToken).ConfigureAwait(false);
        return found.Item is { Count: > 0 };
    }

    /// <summary>Whether the table is empty.</summary>
    public async Task<bool> IsEmptyAsync(CancellationToken cancellationToken)
    {
        var first = await client
            .ScanAsync(new ScanRequest { TableName = tables.CommandRecords, Limit = 1 }, cancellationToken)
            .ConfigureAwait(false);
        return first.Items is not { Count: > 0 };
    }
}
