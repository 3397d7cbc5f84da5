using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NotifyQuery.Operations.Failures;

/// <summary>
/// A batch that Lambda's event source mapping no longer retries. It has the position in the stream, but not the records. Source:
/// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html (on-failure destination).
/// </summary>
/// <param name="Condition">The reason: <c>RetryAttemptsExhausted</c>, <c>RecordAgeExceeded</c>, …</param>
/// <param name="Invocations">The approximate number of invocations with this batch.</param>
/// <param name="StreamArn">The stream.</param>
/// <param name="ShardId">The shard.</param>
/// <param name="Start">The sequence number of the first record.</param>
/// <param name="End">The sequence number of the last record.</param>
/// <param name="Records">The number of records.</param>
/// <param name="At">When the retries ended, ISO-8601, as AWS wrote it.</param>
public sealed record GivenUpBatch(
    string Condition,
    int Invocations,
    string StreamArn,
    string ShardId,
    string Start,
    string End,
    int Records,
    string At
)
{
    /// <summary>Reads the body of a message.</summary>
    /// <param name="body">The body.</param>
    /// <param name="batch">The batch.</param>
    /// <returns>False if the body is not a message of an event source mapping on a DynamoDB stream.</returns>
    public static bool TryRead(string? body, [NotNullWhen(true)] out GivenUpBatch? batch)
    {
        batch = null;
        try
        {
            var message = JsonSerializer.Deserialize(body ?? "", GivenUpJson.Default.OnFailureMessage);
            if (
                message?.DDBStreamBatchInfo is not { StreamArn: { Length: > 0 } stream, ShardId: { Length: > 0 } shard } info
                || !IsNumber(info.StartSequenceNumber)
                || !IsNumber(info.EndSequenceNumber)
            )
            {
                return false;
            }

            batch = new(
                message.RequestContext?.Condition ?? "Unknown",
                message.RequestContext?.ApproximateInvokeCount ?? 0,
                stream,
                shard,
                info.StartSequenceNumber!,
                info.EndSequenceNumber!,
                info.BatchSize,
                message.Timestamp ?? ""
            );
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsNumber(string? text) => text is { Length: > 0 and <= 64 } && !text.AsSpan().ContainsAnyExceptInRange('0', '9');
}

/// <summary>The parts of an on-failure message that are read.</summary>
internal sealed record OnFailureMessage(OnFailureRequest? RequestContext, string? Timestamp, OnFailureBatch? DDBStreamBatchInfo);

/// <summary>The last invocation.</summary>
internal sealed record OnFailureRequest(string? Condition, int? ApproximateInvokeCount);

/// <summary>The position of the batch in the stream.</summary>
internal sealed record OnFailureBatch(
    string? ShardId,
    string? StartSequenceNumber,
    string? EndSequenceNumber,
    int BatchSize,
    string? StreamArn
);

/// <summary>Matches AWS's names case-insensitively.</summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(OnFailureMessage))]
internal sealed partial class GivenUpJson : JsonSerializerContext;
