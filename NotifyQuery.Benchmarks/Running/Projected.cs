using Amazon.DynamoDBv2;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>Waits for the projection of a command.</summary>
internal static class Projected
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(2);

    /// <summary>Waits until a command is in the query table.</summary>
    /// <param name="client">The tables' client.</param>
    /// <param name="tables">The tables' names.</param>
    /// <param name="command">The command, which is written.</param>
    /// <param name="pause">The time between two reads. Each takes processor time from the measured system.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TimeoutException">The command was not projected within two minutes.</exception>
    public static async Task WaitAsync(
        IAmazonDynamoDB client,
        TableNames tables,
        CommandRecord command,
        TimeSpan pause,
        CancellationToken cancellationToken
    )
    {
        var key = new Item { [AttributeNames.UserId] = new(command.UserId), [AttributeNames.CreatedAt] = new(command.Key.SortKey) };
        var started = TimeProvider.System.GetTimestamp();
        while ((await client.GetItemAsync(tables.NotificationRecords, key, cancellationToken)).Item is not { Count: > 0 })
        {
            if (TimeProvider.System.GetElapsedTime(started) > TimeLimit)
                throw new TimeoutException($"{command.TransactionId} was not projected within {TimeLimit.TotalMinutes} minutes");
            await Task.Delay(pause, cancellationToken);
        }
    }
}
