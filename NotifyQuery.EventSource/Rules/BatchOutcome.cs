using System.Text.Json;

namespace NotifyQuery.EventSource.Rules;

/// <summary>The outcome of one batch: all records are done, the records before a failed record are done, or no record is done.</summary>
internal readonly record struct BatchOutcome
{
    private BatchOutcome(int done, bool succeeded, string? error) => (Done, Succeeded, Error) = (done, succeeded, error);

    /// <summary>The number of records from the start of the batch that are done.</summary>
    public int Done { get; }

    /// <summary>True when the whole batch is done.</summary>
    public bool Succeeded { get; }

    /// <summary>Why the rest is not done, e.g. "Unhandled". Null when the function returned the failed records.</summary>
    public string? Error { get; }

    /// <summary>The whole batch is done.</summary>
    /// <param name="count">The number of its records.</param>
    public static BatchOutcome Complete(int count) => new(count, true, null);

    /// <summary>The function returned failed records. The first one is at <paramref name="index"/>.</summary>
    public static BatchOutcome FailedFrom(int index) => new(index, false, null);

    /// <summary>No record of the batch counts as done.</summary>
    /// <param name="error">Why.</param>
    public static BatchOutcome Failed(string error) => new(0, false, error);

    /// <summary>
    /// Evaluates the function's response by AWS's rules. An empty response, <c>null</c>, <c>""</c>, <c>[]</c>, an object without
    /// <c>batchItemFailures</c>, and an empty or null list mean success. Listed sequence numbers mean that everything before the lowest one
    /// is done. An entry that is not a record of the batch (unknown, empty, null, missing) fails the whole batch. Any other response also
    /// fails the whole batch, because a response that is not understood must never count as success.
    /// </summary>
    public static BatchOutcome FromAnswer(ReadOnlyMemory<byte> answer, IReadOnlyList<ChangeRecord> batch)
    {
        if (answer.Span.Trim(" \t\r\n"u8).IsEmpty)
            return Complete(batch.Count);
        try
        {
            using var document = JsonDocument.Parse(answer);
            return FromAnswer(document.RootElement, batch);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // A text with a lone surrogate throws InvalidOperationException.
            return Failed("the function's response is not JSON");
        }
    }

    private static BatchOutcome FromAnswer(JsonElement answer, IReadOnlyList<ChangeRecord> batch)
    {
        switch (answer.ValueKind)
        {
            case JsonValueKind.Null:
            case JsonValueKind.String when answer.ValueEquals(""u8):
            case JsonValueKind.Array when answer.GetArrayLength() == 0:
            case JsonValueKind.Object when !answer.TryGetProperty("batchItemFailures"u8, out _):
                return Complete(batch.Count);
            case JsonValueKind.Object:
                return FromFailures(answer.GetProperty("batchItemFailures"u8), batch);
            default:
                return Failed("the function's response is not a batch response");
        }
    }

    private static BatchOutcome FromFailures(JsonElement failures, IReadOnlyList<ChangeRecord> batch)
    {
        if (failures.ValueKind == JsonValueKind.Null)
            return Complete(batch.Count);
        if (failures.ValueKind != JsonValueKind.Array)
            return Failed("batchItemFailures is not a list");
        if (failures.GetArrayLength() == 0)
            return Complete(batch.Count);

        var positions = new Dictionary<string, int>(batch.Count, StringComparer.Ordinal);
        for (var i = 0; i < batch.Count; i++)
            positions[batch[i].SequenceNumber] = i;

        var lowest = batch.Count;
        foreach (var failure in failures.EnumerateArray())
        {
            if (
                failure.ValueKind != JsonValueKind.Object
                || !failure.TryGetProperty("itemIdentifier"u8, out var identifier)
                || identifier.ValueKind != JsonValueKind.String
                || !positions.TryGetValue(identifier.GetString()!, out var position)
            )
            {
                return Failed("batchItemFailures names a record that is not in the batch");
            }

            lowest = Math.Min(lowest, position);
        }

        return FailedFrom(lowest);
    }
}
