using System.Text.Json;

namespace NotifyQuery.EventSource.Rules;

/// <summary>What became of one batch: all of it is done, all before some record is done, or none of it counts as done.</summary>
internal readonly record struct BatchOutcome
{
    private BatchOutcome(int done, bool succeeded, string? error) => (Done, Succeeded, Error) = (done, succeeded, error);

    /// <summary>How many records from the start of the batch are done.</summary>
    public int Done { get; }

    /// <summary>True when nothing of the batch is left.</summary>
    public bool Succeeded { get; }

    /// <summary>Why the rest is not done; "Unhandled" and the like. Null when the function itself named the failed records.</summary>
    public string? Error { get; }

    /// <summary>All of a batch is done.</summary>
    /// <param name="count">How many records it has.</param>
    public static BatchOutcome Complete(int count) => new(count, true, null);

    /// <summary>The function named failed records, of which the lowest stands at <paramref name="index"/>.</summary>
    public static BatchOutcome FailedFrom(int index) => new(index, false, null);

    /// <summary>Nothing of a batch counts as done.</summary>
    /// <param name="error">Why.</param>
    public static BatchOutcome Failed(string error) => new(0, false, error);

    /// <summary>
    /// Reads the function's answer by AWS's table. Nothing, <c>null</c>, <c>""</c>, <c>[]</c>, <c>{}</c> and an empty or null list say
    /// that all went well. Listed sequence numbers say that everything before the lowest is done. An entry that names no record of
    /// the batch (unknown, empty, null, missing) fails all of it, and so does an answer that is none of these: an answer that is
    /// not understood must never be taken for success.
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
            // Half of a surrogate pair is no JSON text either.
            return Failed("the function's answer is not JSON");
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
                return Failed("the function's answer is not a batch response");
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
