using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB.Reconciliation;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.DynamoDB;

/// <summary>What an erasure removed; the figures may be read while it runs.</summary>
public sealed class ErasureReport
{
    private long commands, letters, records;

    /// <summary>Commands that were removed.</summary>
    public long Commands => Interlocked.Read(ref commands);

    /// <summary>Dead letters that were removed.</summary>
    public long DeadLetters => Interlocked.Read(ref letters);

    /// <summary>Dead letters of others' commands that held the user's former data, and no longer do.</summary>
    public long RecordsDropped => Interlocked.Read(ref records);

    /// <summary>What became of what was still shown.</summary>
    public ReconcileReport Shown { get; } = new();

    internal void AddCommand() => Interlocked.Increment(ref commands);

    internal void AddDeadLetter() => Interlocked.Increment(ref letters);

    internal void AddRecord() => Interlocked.Increment(ref records);
}

/// <summary>
/// Removes what is kept of a user. The write side is the source: its commands are removed, and the projection follows. Then the dead letters,
/// and last what is still shown without a command. Safe to repeat; a command that is written meanwhile is found by the next run.
/// </summary>
/// <param name="client">The engine.</param>
/// <param name="tables">The tables' names.</param>
/// <param name="time">The clock.</param>
public sealed class Erasure(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    /// <summary>Erases a user.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="segments">How many parts of a table are read at once.</param>
    /// <param name="settle">How long the projection is given to remove by itself what is shown.</param>
    /// <param name="report">Filled on the way.</param>
    /// <param name="cancellationToken">Stops between two items.</param>
    public async Task EraseAsync(string userId, int segments, TimeSpan settle, ErasureReport report, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(userId);
        ArgumentNullException.ThrowIfNull(report);
        var commands = new ScanRequest
        {
            TableName = tables.CommandRecords,
            FilterExpression = $"{AttributeNames.UserId} = :user",
            ExpressionAttributeValues = new() { [":user"] = new(userId) },
        };
        await TableScan.ReadAsync(client, commands, segments, null, (page, stop) => RemoveCommandsAsync(page, userId, report, stop), cancellationToken).ConfigureAwait(false);
        await TableScan.ReadAsync(client, new() { TableName = tables.ProjectionFailures }, segments, null, (page, stop) => RemoveLettersAsync(page, userId, report, stop), cancellationToken)
            .ConfigureAwait(false);
        await new Reconciler(client, tables, time)
            .ReconcileAsync(new() { UserId = userId, Repair = true, Settle = settle, Segments = segments }, report.Shown, cancellationToken).ConfigureAwait(false);
    }

    private async Task RemoveCommandsAsync(List<Item> commands, string userId, ErasureReport report, CancellationToken cancellationToken)
    {
        foreach (var command in commands)
        {
            try
            {
                await client.DeleteItemAsync(new DeleteItemRequest
                {
                    TableName = tables.CommandRecords,
                    Key = new() { [AttributeNames.TransactionId] = command[AttributeNames.TransactionId], [AttributeNames.CreatedAt] = command[AttributeNames.CreatedAt] },
                    ConditionExpression = $"{AttributeNames.UserId} = :user",
                    ExpressionAttributeValues = new() { [":user"] = new(userId) },
                }, cancellationToken).ConfigureAwait(false);
                report.AddCommand();
            }
            catch (ConditionalCheckFailedException)
            {
                // It went to another user, or is gone.
            }
        }
    }

    private async Task RemoveLettersAsync(List<Item> letters, string userId, ErasureReport report, CancellationToken cancellationToken)
    {
        foreach (var item in letters)
        {
            var letter = FailureLog.Read(item);
            if (letter.Record is null || !RecordUsers.Mentions(letter.Record, userId)) continue;
            var key = FailureLog.KeyOf(letter.Id);
            if (await IsOthersAsync(letter, cancellationToken).ConfigureAwait(false))
            {
                // The command went to another user, whose failure this is: it stays, and a retry reads the command.
                await client.UpdateItemAsync(new UpdateItemRequest
                {
                    TableName = tables.ProjectionFailures,
                    Key = key,
                    UpdateExpression = "REMOVE #record, record_gzip",
                    ExpressionAttributeNames = new() { ["#record"] = "record" },
                    ConditionExpression = "attribute_exists(failed_at)",
                }, cancellationToken).ConfigureAwait(false);
                report.AddRecord();
            }
            else
            {
                await client.DeleteItemAsync(new DeleteItemRequest { TableName = tables.ProjectionFailures, Key = key }, cancellationToken).ConfigureAwait(false);
                report.AddDeadLetter();
            }
        }
    }

    /// <summary>Whether the letter's command is there: the user's own are gone by now.</summary>
    private async Task<bool> IsOthersAsync(StoredDeadLetter letter, CancellationToken cancellationToken)
    {
        if (letter is not { TransactionId: { Length: > 0 } transactionId, CreatedAt: { Length: > 0 } createdAt }) return false;
        var key = new Item { [AttributeNames.TransactionId] = new(transactionId), [AttributeNames.CreatedAt] = new(createdAt) };
        var command = await client.GetItemAsync(tables.CommandRecords, key, true, cancellationToken).ConfigureAwait(false);
        return command.Item is { Count: > 0 };
    }
}
