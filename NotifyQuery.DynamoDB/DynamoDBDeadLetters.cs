using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.DynamoDB;

/// <summary>Writes projection-failures.</summary>
/// <param name="client">The engine.</param>
/// <param name="tables">The tables' names.</param>
/// <param name="time">From when a letter's time counts.</param>
/// <param name="retention">How long letters are kept.</param>
public sealed class DynamoDBDeadLetters(IAmazonDynamoDB client, TableNames tables, TimeProvider? time = null, DeadLetterRetention? retention = null) : IDeadLetters
{
    // An item has at most 400 KB: these leave room for its key and its other attributes.
    private const int LongestRecord = 350 * 1024; // bytes
    private const int LongestText = 4 * 1024; // UTF-16 code units
    private const int LongestEventId = 256; // of a sort key's 1,024 bytes

    /// <inheritdoc />
    public async Task<WriteResult> PutAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        var failedAt = Timestamp.Format(letter.CommittedAt);
        var now = (time ?? TimeProvider.System).GetUtcNow();
        var eventId = IdOf(letter.EventId);
        var item = new Dictionary<string, AttributeValue>
        {
            ["failure_day"] = new(Timestamp.DayOf(failedAt)),
            ["failed_at"] = new($"{failedAt}#{eventId}"),
            ["event_id"] = new(eventId),
            ["sequence_number"] = new(UnicodeText.Shorten(letter.SequenceNumber, LongestText)),
            ["error_type"] = new(letter.ErrorType),
            ["error_message"] = new(Message(letter.ErrorMessage)),
            ["attempts"] = new() { N = letter.Attempts.ToString(CultureInfo.InvariantCulture) },
            ["resolved"] = new() { BOOL = false },
            [DeadLetterRetention.Attribute] = DeadLetterRetention.At(now + (retention ?? DeadLetterRetention.Standard).Unsettled),
            [FailureLog.KeptAt] = new(Timestamp.Format(now)),
        };
        AddRecord(item, letter.Record);
        // What is too long for a key names no command, and might be too long for this item, too.
        if (letter.TransactionId is { Length: <= CommandImage.PartitionKeyLimit } transactionId) item[AttributeNames.TransactionId] = new(transactionId);
        if (letter.CreatedAt is { Length: <= CommandImage.PartitionKeyLimit } createdAt) item[AttributeNames.CreatedAt] = new(createdAt);
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

    /// <summary>A letter's message, as long as one is kept.</summary>
    internal static string Message(string text) => UnicodeText.Shorten(text, LongestText);

    /// <summary>
    /// Keeps the record as it is, or compressed when it is too long; and its beginning alone when even that is: the command itself stays
    /// in command-records, and a retry reads it from there.
    /// </summary>
    private static void AddRecord(Dictionary<string, AttributeValue> item, string record)
    {
        var bytes = Encoding.UTF8.GetByteCount(record);
        byte[]? compressed = bytes > LongestRecord ? RecordText.Compress(record) : null;
        var cut = compressed?.Length > LongestRecord;
        item["record_truncated"] = new() { BOOL = cut };
        if (cut) item["record"] = new(RecordText.Beginning(record, LongestRecord));
        else if (compressed is not null) item[RecordText.CompressedName] = new() { B = new(compressed) };
        else item["record"] = new(record);
    }

    /// <summary>The id as a part of the key; one that is too long for it, or no text for a terminal, is known by its hash.</summary>
    private static string IdOf(string eventId) => eventId.Length <= LongestEventId && UnicodeText.Printable(eventId) == eventId
        ? eventId
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.Unicode.GetBytes(eventId)));

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
