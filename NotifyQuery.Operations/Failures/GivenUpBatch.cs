using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NotifyQuery.Operations.Failures;

/// <summary>
/// A batch that Lambda's event source mapping no longer retries: where it is in the stream, not what it contained.
/// Source: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html (on-failure destination).
/// </summary>
/// <param name="Condition">Why: <c>RetryAttemptsExhausted</c>, <c>RecordAgeExceeded</c>, …</param>
/// <param name="Invocations">About how often the function was invoked with it.</param>
/// <param name="StreamArn">The stream.</param>
/// <param name="ShardId">The shard.</param>
/// <param name="Start">The sequence number of its first record.</param>
/// <param name="End">That of its last record.</param>
/// <param name="Records">How many records it had.</param>
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
    /// <returns>False if it is not a message of an event source mapping on a DynamoDB stream.</returns>
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

/// <summary>A message of the on-failure destination, as far as it is read.</summary>
internal sealed record OnFailureMessage(OnFailureRequest? RequestContext, string? Timestamp, OnFailureBatch? DDBStreamBatchInfo);

/// <summary>The last invocation.</summary>
internal sealed record OnFailureRequest(string? Condition, int? ApproximateInvokeCount);

/// <summary>Where the batch is.</summary>
internal sealed record OnFailureBatch(
    string? ShardId,
    string? StartSequenceNumber,
    string? EndSequenceNumber,
    int BatchSize,
    string? StreamArn
);

/// <summary>AWS's names, in any case.</summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(OnFailureMessage))]
internal sealed partial class GivenUpJson : JsonSerializerContext;
