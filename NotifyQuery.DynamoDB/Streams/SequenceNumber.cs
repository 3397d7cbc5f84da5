namespace NotifyQuery.DynamoDB.Streams;

/// <summary>Order of sequence numbers: decimal text that outgrows 64 bits, with or without leading zeros.</summary>
public static class SequenceNumber
{
    /// <summary>AWS's have 21 to 40 digits, LocalStack's up to 56.</summary>
    private const int PaddedLength = 64;

    /// <summary>The largest of all, as <see cref="Padded"/> writes it.</summary>
    public static readonly string Most = new('9', PaddedLength);

    /// <summary>Whether it is one: decimal digits, as many as any engine gives.</summary>
    public static bool IsValid(string text) => text.Length is > 0 and <= PaddedLength && !text.AsSpan().ContainsAnyExceptInRange('0', '9');

    /// <summary>Below zero when the left one comes first, zero when they are the same number, else above.</summary>
    public static int Compare(string left, string right)
    {
        var a = left.AsSpan().TrimStart('0');
        var b = right.AsSpan().TrimStart('0');
        return a.Length != b.Length ? a.Length.CompareTo(b.Length) : a.SequenceCompareTo(b);
    }

    /// <summary>Whether everything up to <paramref name="done"/> includes <paramref name="sequenceNumber"/>.</summary>
    public static bool IsCovered(string sequenceNumber, string? done) => done is not null && Compare(sequenceNumber, done) <= 0;

    /// <summary>The same number in a form whose text order is its numeric order, for conditions in the store.</summary>
    public static string Padded(string? sequenceNumber) => (sequenceNumber ?? "").PadLeft(PaddedLength, '0');
}
