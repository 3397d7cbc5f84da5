namespace NotifyQuery.EventSource.Rules;

/// <summary>The event that a function gets: <c>{"Records":[…]}</c> around records that are JSON already.</summary>
internal static class EventPayload
{
    /// <summary>What an invocation may carry.</summary>
    public const int LimitBytes = 6 * 1024 * 1024;

    private static ReadOnlySpan<byte> Head => "{\"Records\":["u8;

    private static ReadOnlySpan<byte> Tail => "]}"u8;

    /// <summary>The bytes of an event without records.</summary>
    public static int EnvelopeBytes => Head.Length + Tail.Length;

    /// <summary>What a record adds to a payload: itself and a comma.</summary>
    public static int BytesOf(ChangeRecord record) => record.Json.Length + 1;

    /// <summary>The event with some records, to be read from its start.</summary>
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
