using System.Globalization;
using System.Text;
using System.Text.Json;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Delivery;

/// <summary>Why a batch failed for good: the content of AWS's on-failure message.</summary>
/// <param name="Condition">The rule that ended the retries.</param>
/// <param name="Invocations">The number of invocations with these records.</param>
/// <param name="LastError">The error of the last invocation; null if it reported none.</param>
/// <param name="RequestId">The request id of the last invocation; null if there is none.</param>
/// <param name="FunctionName">The function.</param>
/// <param name="StreamArn">The stream.</param>
/// <param name="ShardId">Its shard.</param>
internal sealed record GivenUp(
    DiscardCondition Condition,
    int Invocations,
    string? LastError,
    string? RequestId,
    string FunctionName,
    string StreamArn,
    string ShardId
);

/// <summary>
/// Stores records that failed for good. AWS's destinations receive only the position of the batch. Here every record is stored completely,
/// because the stream deletes records after a day, and a deleted record could not be replayed.
/// </summary>
internal sealed class OnFailureDestination(IDeadLetters deadLetters, BackendRetry retry)
{
    private const int AtOnce = 8;

    /// <summary>Stores records as dead letters. Retries until the table is available.</summary>
    /// <param name="records">The records.</param>
    /// <param name="why">Why they failed.</param>
    /// <param name="cancellationToken">Stops the retries: the records are delivered again.</param>
    public Task SendAsync(ArraySegment<ChangeRecord> records, GivenUp why, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            records,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (record, cancellation) =>
                await retry.UntilItSucceedsAsync(
                    "store a dead letter",
                    async token =>
                    {
                        var result = await deadLetters.PutAsync(Letter(record, records, why), token);
                        return result.Outcome == WriteOutcome.Unavailable ? throw new IOException(result.Reason) : result;
                    },
                    cancellation
                )
        );

    private static DeadLetter Letter(ChangeRecord record, ArraySegment<ChangeRecord> batch, GivenUp why)
    {
        // No depth limit: the record may have failed because it was nested too deeply for another parser.
        using var json = JsonDocument.Parse(record.Json, new() { MaxDepth = int.MaxValue });
        JsonElement keys = default;
        if (json.RootElement.TryGetProperty("dynamodb", out var change))
            change.TryGetProperty("Keys", out keys);
        return new()
        {
            EventId = record.EventId,
            CommittedAt = record.CreatedAt,
            SequenceNumber = record.SequenceNumber,
            TransactionId = Text(keys, AttributeNames.TransactionId),
            CreatedAt = Text(keys, AttributeNames.CreatedAt),
            Record = Encoding.UTF8.GetString(record.Json.Span),
            ErrorType = why.Condition.ToString(),
            ErrorMessage = string.Create(
                CultureInfo.InvariantCulture,
                $"{why.FunctionName} failed to process a batch of {batch.Count} ({batch[0].SequenceNumber} to {batch[^1].SequenceNumber}) "
                    + $"of {why.ShardId} of {why.StreamArn} in {why.Invocations} invocations; "
                    + $"the last ended with {why.LastError ?? "no error"}, request {why.RequestId ?? "unknown"}."
            ),
            Attempts = why.Invocations,
        };
    }

    /// <summary>A part of the key; null when the record does not have it, or when it is not valid Unicode.</summary>
    private static string? Text(JsonElement keys, string name)
    {
        try
        {
            return
                keys.ValueKind is JsonValueKind.Object
                && keys.TryGetProperty(name, out var value)
                && value.TryGetProperty("S", out var text)
                ? text.GetString()
                : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
