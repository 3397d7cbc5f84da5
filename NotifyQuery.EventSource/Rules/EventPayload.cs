namespace NotifyQuery.EventSource.Rules;

/// <summary>The event that a function receives: <c>{"Records":[…]}</c> with records that are already JSON.</summary>
internal static class EventPayload
{
    /// <summary>The payload limit of an invocation.</summary>
    public const int LimitBytes = 6 * 1024 * 1024;

    private static ReadOnlySpan<byte> Head => "{\"Records\":["u8;

    private static ReadOnlySpan<byte> Tail => "]}"u8;

    /// <summary>The size of an event without records, in bytes.</summary>
    public static int EnvelopeBytes => Head.Length + Tail.Length;

    /// <summary>The bytes that a record adds to a payload: its JSON and a comma.</summary>
    public static int BytesOf(ChangeRecord record) => record.Json.Length + 1;

    /// <summary>The event for some records, positioned at its start.</summary>
    public static MemoryStream Of(IReadOnlyCollection<ChangeRecord> records)
    {
        var payload = new MemoryStream(EnvelopeBytes + records.Sum(BytesOf));
        payload.Write(Head);
        var first = true;
        foreach (var record in records)
        {
            if (!first)
                payload.WriteByte((byte)',');
            first = false;
            payload.Write(record.Json.Span);
        }

        payload.Write(Tail);
        payload.Position = 0;
        return payload;
    }
}
