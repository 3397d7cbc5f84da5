using System.Diagnostics;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.DynamoDB;

/// <summary>Writes projection-failures.</summary>
/// <param name="client">The DynamoDB client.</param>
/// <param name="tables">The tables' names.</param>
/// <param name="time">The clock; a letter's retention starts at the current time.</param>
/// <param name="retention">How long letters are stored.</param>
public sealed class DynamoDBDeadLetters(
    IAmazonDynamoDB client,
    TableNames tables,
    TimeProvider? time = null,
    DeadLetterRetention? retention = null
) : IDeadLetters
{
    /// <inheritdoc />
    public async Task<WriteResult> PutAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        var item = FailureItem.Of(letter, (time ?? TimeProvider.System).GetUtcNow(), retention ?? DeadLetterRetention.Standard);
        using var activity = StartActivity(letter);
        try
        {
            await client
                .PutItemAsync(
                    new PutItemRequest
                    {
                        TableName = tables.ProjectionFailures,
                        Item = item,
                        // A redelivery must not reopen a letter that an operator has resolved.
                        ConditionExpression = $"attribute_not_exists({FailureItem.FailedAt})",
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (ConditionalCheckFailedException)
        {
            return new(WriteOutcome.Applied);
        }
        catch (Exception exception) when (DynamoDBFaults.IsTransient(exception, cancellationToken))
        {
            activity
                ?.AddException(exception)
                .SetTag("error.type", exception.GetType().FullName)
                .SetStatus(ActivityStatusCode.Error, exception.Message);
            return new(WriteOutcome.Unavailable, exception.Message);
        }

        Telemetry.DeadLetters.Add(1, new KeyValuePair<string, object?>("error.type", letter.ErrorType));
        return new(WriteOutcome.Applied);
    }

    /// <summary>The span has the record's id and the error type only. The record and the error message may contain personal data.</summary>
    private Activity? StartActivity(DeadLetter letter) =>
        Telemetry
            .Source.StartActivity($"send {tables.ProjectionFailures}", ActivityKind.Producer)
            ?.SetTag("messaging.system", "aws_dynamodb")
            .SetTag("messaging.operation.name", "send")
            .SetTag("messaging.operation.type", "send")
            .SetTag("messaging.destination.name", tables.ProjectionFailures)
            .SetTag("messaging.message.id", letter.EventId)
            .SetTag("notifyquery.dead_letter.error_type", letter.ErrorType)
            .SetTag("notifyquery.dead_letter.attempts", letter.Attempts)
            .SetTag("notifyquery.dead_letter.sequence_number", letter.SequenceNumber);
}
