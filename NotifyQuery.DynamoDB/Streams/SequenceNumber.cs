namespace NotifyQuery.DynamoDB.Streams;

/// <summary>Compares sequence numbers: decimal text of more than 64 bits, with or without leading zeros.</summary>
public static class SequenceNumber
{
    /// <summary>AWS uses 21 to 40 digits, LocalStack up to 56.</summary>
    private const int PaddedLength = 64;

    /// <summary>The largest sequence number, in the format of <see cref="Padded"/>.</summary>
    public static readonly string Most = new('9', PaddedLength);

    /// <summary>Whether a text is a sequence number: decimal digits, at most as many as any engine uses.</summary>
    public static bool IsValid(string text) => text.Length is > 0 and <= PaddedLength && !text.AsSpan().ContainsAnyExceptInRange('0', '9');

    /// <summary>Negative when the left one is smaller, zero when they are equal, otherwise positive.</summary>
    public static int Compare(string left, string right)
    {
        var a = left.AsSpan().TrimStart('0');
        var b = right.AsSpan().TrimStart('0');
        return a.Length != b.Length ? a.Length.CompareTo(b.Length) : a.SequenceCompareTo(b);
    }

    /// <summary>Whether <paramref name="sequenceNumber"/> is done, when everything up to <paramref name="done"/> is done.</summary>
    public static bool IsCovered(string sequenceNumber, string? done) => done is not null && Compare(sequenceNumber, done) <= 0;

    /// <summary>The number with leading zeros, so that text order is numeric order in condition expressions.</summary>
    public static string Padded(string? sequenceNumber) => (sequenceNumber ?? "").PadLeft(PaddedLength, '0');
}
