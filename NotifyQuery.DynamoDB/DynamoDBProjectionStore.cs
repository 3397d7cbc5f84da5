using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.DynamoDB;

/// <summary>Writes notification-records. Every write has the same condition, so deliveries can be repeated in any order.</summary>
public sealed class DynamoDBProjectionStore(IAmazonDynamoDB client, TableNames tables, TimeProvider time) : IProjectionStore
{
    private const string AbsentOrOlder =
        $"attribute_not_exists({AttributeNames.SourceVersion}) OR {AttributeNames.SourceVersion} < :version";

    // The time limit of one write, including the client's own retries. If DynamoDB hangs, a batch waits this long, and not until the
    // function times out.
    private static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(5);

    /// <inheritdoc />
    public async Task<WriteResult> WriteAsync(ProjectionWrite write, CancellationToken cancellationToken)
    {
        var request = new PutItemRequest
        {
            TableName = tables.NotificationRecords,
            Item = NotificationItem.Of(write, tables.KeySpread, time.GetUtcNow()),
            ConditionExpression = AbsentOrOlder,
            ExpressionAttributeValues = new() { [":version"] = new(write.Version.Text) },
        };
        using var limit = new CancellationTokenSource(WriteLimit, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await WriteAsync(request, ending.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (DynamoDBFaults.IsTransient(exception, cancellationToken))
        {
            return new(WriteOutcome.Unavailable, exception.Message);
        }
    }

    private async Task<WriteResult> WriteAsync(PutItemRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await client.PutItemAsync(request, cancellationToken).ConfigureAwait(false);
            return new(WriteOutcome.Applied);
        }
        catch (ConditionalCheckFailedException)
        {
            return new(WriteOutcome.Stale);
        }
        catch (AmazonDynamoDBException exception) when (DynamoDBFaults.IsRefusal(exception))
        {
            await Refusal
                .ThrowIfTablesFaultAsync(client, request.TableName, request.Item, exception, cancellationToken)
                .ConfigureAwait(false);
            return new(WriteOutcome.Refused, exception.Message);
        }
    }
}
