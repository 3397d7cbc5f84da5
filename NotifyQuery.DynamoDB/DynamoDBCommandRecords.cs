using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.DynamoDB;

/// <summary>Writes command-records as the external systems do: the write simulator's and the checks' hand.</summary>
public sealed class DynamoDBCommandRecords(IAmazonDynamoDB client, TableNames tables)
{
    /// <summary>Puts a record, whatever stood there.</summary>
    public Task PutAsync(CommandRecord record, CancellationToken cancellationToken) =>
        client.PutItemAsync(new PutItemRequest { TableName = tables.CommandRecords, Item = CommandItem.Of(record) }, cancellationToken);

    /// <summary>Puts a record that can never be projected: the one attribute that it must have is left out.</summary>
    public Task PutWithoutUserAsync(CommandRecord record, CancellationToken cancellationToken)
    {
        var item = CommandItem.Of(record);
        item.Remove(AttributeNames.UserId);
        return client.PutItemAsync(new PutItemRequest { TableName = tables.CommandRecords, Item = item }, cancellationToken);
    }

    /// <summary>Removes a record, if it is there.</summary>
    public Task RemoveAsync(CommandRecord record, CancellationToken cancellationToken) =>
        client.DeleteItemAsync(new DeleteItemRequest { TableName = tables.CommandRecords, Key = CommandItem.KeyOf(record) }, cancellationToken);

    /// <summary>Whether there is no record at all.</summary>
    public async Task<bool> IsEmptyAsync(CancellationToken cancellationToken)
    {
        var first = await client.ScanAsync(new ScanRequest { TableName = tables.CommandRecords, Limit = 1 }, cancellationToken).ConfigureAwait(false);
        return first.Items is not { Count: > 0 };
    }
}
