using System.Diagnostics;
using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.DynamoDB;

/// <summary>Writes projection-failures.</summary>
public sealed class DynamoDBDeadLetters(IAmazonDynamoDB client, TableNames tables) : IDeadLetters
{
    private const int LongestRecord = 350 * 1024; // bytes of UTF-8: leaves room for the rest of an item of 400 KB

    /// <inheritdoc />
    public async Task<WriteResult> PutAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        var failedAt = Timestamp.Format(letter.CommittedAt);
        // The command record itself stays in command-records: what is cut off here is not lost, and a retry reads it from there.
        var tooLong = System.Text.Encoding.UTF8.GetByteCount(letter.Record) > LongestRecord;
        var item = new Dictionary<string, AttributeValue>
        {
            ["failure_day"] = new(Timestamp.DayOf(failedAt)),
            ["failed_at"] = new($"{failedAt}#{letter.EventId}"),
            ["event_id"] = new(letter.EventId),
            ["sequence_number"] = new(letter.SequenceNumber),
            ["record_truncated"] = new() { BOOL = tooLong },
            ["error_type"] = new(letter.ErrorType),
            ["error_message"] = new(letter.ErrorMessage),
            ["attempts"] = new() { N = letter.Attempts.ToString(CultureInfo.InvariantCulture) },
            ["resolved"] = new() { BOOL = false },
        };
        if (!tooLong) item["record"] = new(letter.Record);
        if (letter.TransactionId is { } transactionId) item[AttributeNames.TransactionId] = new(transactionId);
        if (letter.CreatedAt is { } createdAt) item[AttributeNames.CreatedAt] = new(createdAt);
        using var activity = StartActivity(letter);
        try
        {
            await client.PutItemAsync(new PutItemRequest
            {
                TableName = tables.ProjectionFailures,
                Item = item,
                // A redelivery must not reopen what an operator has settled.
                ConditionExpression = "attribute_not_exists(failed_at)",
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (ConditionalCheckFailedException)
        {
            return new(WriteOutcome.Applied);
        }
        catch (Exception exception) when (DynamoDBFaults.IsTransient(exception, cancellationToken))
        {
            activity?.AddException(exception).SetTag("error.type", exception.GetType().FullName).SetStatus(ActivityStatusCode.Error, exception.Message);
            return new(WriteOutcome.Unavailable, exception.Message);
        }

        Telemetry.DeadLetters.Add(1, new KeyValuePair<string, object?>("error.type", letter.ErrorType));
        return new(WriteOutcome.Applied);
    }

    /// <summary>Says which record and which kind of error: the record itself and the sentence about it may hold anybody's data.</summary>
    private Activity? StartActivity(DeadLetter letter) => Telemetry.Source.StartActivity($"send {tables.ProjectionFailures}", ActivityKind.Producer)?
        .SetTag("messaging.system", "aws_dynamodb")
        .SetTag("messaging.operation.name", "send")
        .SetTag("messaging.operation.type", "send")
        .SetTag("messaging.destination.name", tables.ProjectionFailures)
        .SetTag("messaging.message.id", letter.EventId)
        .SetTag("notifyquery.dead_letter.error_type", letter.ErrorType)
        .SetTag("notifyquery.dead_letter.attempts", letter.Attempts)
        .SetTag("notifyquery.dead_letter.sequence_number", letter.SequenceNumber);
}
